// Runs Terraform over the stacks of an environment, in order, or backwards to destroy.
// Usage: terraform.ts plan|apply|destroy ENVIRONMENT OUTDIR [REPORT]     REPORT gets what was planned, as JSON
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { PlannedStack } from './report.ts';
import { command, Fault } from './program.ts';
import { isOfPipelines, stacksInOrder, type Stack } from './stacks.ts';

/** Of plan: nothing to do, an error, something to do. */
const OUTCOMES = new Map<number | null, PlannedStack['outcome']>([
  [0, 'same'],
  [2, 'changes'],
]);

type Show = (text: string) => void;

const print: Show = (text) => {
  process.stdout.write(text);
};

/** Run it in a stack's folder; what it prints is shown and returned. */
function terraform(
  { folder }: Stack,
  show: Show,
  ...args: string[]
): Promise<{ status: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0' };
    const child = spawn('terraform', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        show(part);
      });
    }
    child.once('error', reject).once('close', (status) => resolve({ status, text }));
  });
}

/** Plan every stack, also after one that failed. Takes no lock: the role that plans may not write. */
export async function plan(stacks: Stack[], show = print): Promise<PlannedStack[]> {
  const planned: PlannedStack[] = [];
  for (const stack of stacks) {
    show(`::group::${stack.name}\n`);
    const begun = await terraform(stack, show, 'init', '-no-color');
    const done =
      begun.status === 0
        ? await terraform(stack, show, 'plan', '-no-color', '-lock=false', '-detailed-exitcode')
        : { status: 1, text: begun.text };
    planned.push({ stack: stack.name, outcome: OUTCOMES.get(done.status) ?? 'failed', text: done.text });
    show('::endgroup::\n');
  }
  return planned;
}

/**
 * Apply or destroy stacks one after the other.
 * @throws Fault `stack_failed`, which names those that were not tried
 */
export async function change(verb: 'apply' | 'destroy', stacks: Stack[], show = print): Promise<void> {
  for (const [at, stack] of stacks.entries()) {
    show(`== ${verb} ${stack.name}\n`);
    const { status } = await terraform(stack, show, 'init', '-no-color');
    const words = [verb, '-auto-approve', '-no-color', '-lock-timeout=5m'];
    if (status === 0 && (await terraform(stack, show, ...words)).status === 0) continue;
    const rest = stacks.slice(at + 1).map(({ name }) => name);
    throw new Fault('stack_failed', `${stack.name} failed; not tried: ${rest.join(', ') || 'none'}`);
  }
}

if (import.meta.main) {
  await command(async () => {
    const [verb = '', environment = '', outdir = '', report = ''] = process.argv.slice(2);
    const stacks = await stacksInOrder(outdir, environment);
    if (verb === 'plan') return writeFile(report, JSON.stringify(await plan(stacks)));
    const own = stacks.filter(isOfPipelines);
    if (verb === 'apply') return change('apply', own);
    if (verb === 'destroy') return change('destroy', own.reverse());
    throw new Fault('misuse', `plan, apply or destroy, not ${verb}`);
  });
}
