import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';

/** A step of a job, or of an action of our own. */
export interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  shell?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
}

export interface Job {
  uses?: string;
  if?: string;
  'timeout-minutes'?: number;
  permissions?: Record<string, string> | string;
  environment?: unknown;
  container?: string | { image?: string };
  steps?: Step[];
  [key: string]: unknown;
}

export interface Workflow {
  name?: string;
  on: Record<string, unknown>;
  permissions?: Record<string, string> | string;
  concurrency?: { group: string };
  jobs: Record<string, Job>;
}

export interface WorkflowFile {
  /** As `workflows/ci.yml`. */
  path: string;
  text: string;
  /** Of a workflow. */
  workflow?: Workflow;
  /** All of the file, in their order. */
  steps: Step[];
}

/** Read one file; actions of our own have steps only. */
export function readFile(path: string, text: string): WorkflowFile {
  const content = parse(text) as Workflow & { runs?: { steps: Step[] } };
  if (content.runs) return { path, text, steps: content.runs.steps };
  const steps = Object.values(content.jobs).flatMap((job) => job.steps ?? []);
  return { path, text, workflow: content, steps };
}

/** Every workflow and action of a folder, which is `.github`. */
export function readAll(folder: string): WorkflowFile[] {
  const paths = globSync(['workflows/*.{yml,yaml}', 'actions/*/action.{yml,yaml}'], { cwd: folder }).sort();
  return paths.map((path) => readFile(relative('.', path), readFileSync(join(folder, path), 'utf8')));
}
