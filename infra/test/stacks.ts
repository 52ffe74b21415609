import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackJson } from '../check/terraform.ts';
import { synthesize } from '../main.ts';

/** Synthesize all stacks once: their JSON by their names. */
export function allStacks(): Map<string, StackJson> {
  const folder = mkdtempSync(join(tmpdir(), 'synth-'));
  synthesize(folder);
  const stacks = join(folder, 'stacks');
  const read = (name: string) =>
    JSON.parse(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')) as StackJson;
  return new Map(readdirSync(stacks).map((name) => [name, read(name)]));
}
