import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../main.ts';
import type { StackJson } from './terraform.ts';

/** Writes the list of resources of `prod` into the README, or with `--check` fails when it is not what it would be. */

const README = join(import.meta.dirname, '..', 'README.md');
const MARKS = /(<!-- inventory -->\n)[^]*(<!-- \/inventory -->)/;

function inventory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  synthesize(folder);
  const stacks = join(folder, 'stacks');
  const lines = readdirSync(stacks)
    .filter((name) => name.startsWith('prod-'))
    .map((name) =>
      line(name, JSON.parse(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8')) as StackJson),
    );
  return ['', ...lines, '', ''].join('\n');
}

function line(name: string, { resource = {} }: StackJson): string {
  const counts = Object.entries(resource).map(([type, named]) => [type, Object.keys(named).length] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const list = counts.map(([type, count]) => `${count} × \`${type.replace(/^aws_/, '')}\``).sort();
  return `- **${name.replace('prod-', '')}** (${total}): ${list.join(', ')}`;
}

const before = readFileSync(README, 'utf8');
const after = before.replace(MARKS, `$1${inventory()}$2`);
if (process.argv.includes('--check') && before !== after) {
  console.error('infra/README.md does not list what there is: npm --prefix infra run inventory');
  process.exitCode = 1;
} else if (before !== after) writeFileSync(README, after);
