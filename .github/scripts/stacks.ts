import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from './program.ts';

/** A stack as the synthesis left it. */
export interface Stack {
  /** As `network`. */
  name: string;
  /** Where Terraform runs. */
  folder: string;
}

interface Manifest {
  stacks: Record<string, { dependencies: string[]; workingDirectory: string }>;
}

/**
 * The stacks of an environment in an order in which they can be made: each after those that it needs, as the synthesis found.
 * @param outdir of the synthesis
 * @throws Fault `no_such_environment`
 */
export async function stacksInOrder(outdir: string, environment: string): Promise<Stack[]> {
  const { stacks } = JSON.parse(await readFile(join(outdir, 'manifest.json'), 'utf8')) as Manifest;
  const prefix = `${environment}-`;
  const ordered = new Set<string>();
  const visit = (id: string) => {
    for (const needed of stacks[id]?.dependencies ?? []) visit(needed);
    ordered.add(id);
  };
  for (const id of Object.keys(stacks)) if (id.startsWith(prefix)) visit(id);
  if (ordered.size === 0) throw new Fault('no_such_environment', `There are no stacks of ${environment}`);
  return [...ordered].map((id) => ({
    name: id.slice(prefix.length),
    folder: join(outdir, stacks[id]?.workingDirectory ?? ''),
  }));
}

/** Makes the roles that pipelines take, and holds the state: a person's. */
export const isOfPipelines = ({ name }: Stack): boolean => name !== 'bootstrap';
