import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { outcomeOf } from '../scripts/report.ts';
import { isOfPipelines, stacksInOrder } from '../scripts/stacks.ts';
import { change, plan } from '../scripts/terraform.ts';
import { temporary } from './folder.ts';

const silent = () => undefined;
const skip =
  spawnSync('terraform', ['version']).status === 0
    ? false
    : 'SKIPPED: there is no terraform program here, so nothing was planned';

/**
 * Stacks of which each reads the state of those that it needs, as ours do. Making and unmaking one writes a line.
 * @param needs of each stack
 */
function stacks(t: TestContext, needs: Record<string, string[]>) {
  const outdir = temporary(t);
  const journal = join(outdir, 'journal');
  const manifest: Record<string, unknown> = {};
  const write = (name: string, input: string, more: object = {}) => {
    const line = (when: string, what: string) => ({
      'local-exec': {
        ...(when === 'destroy' ? { when } : {}),
        command: `echo ${what} ${name} >>'${journal}'`,
      },
    });
    const provisioner = [line('create', 'make'), line('destroy', 'unmake')];
    const others = needs[name] ?? [];
    const states = others.map((other) => ({
      [other]: { backend: 'local', config: { path: `../${other}/terraform.tfstate` } },
    }));
    const values = others.map((other) => `\${data.terraform_remote_state.${other}.outputs.value}`);
    const stack = {
      ...(others.length > 0 ? { data: { terraform_remote_state: states } } : {}),
      resource: { terraform_data: { it: { input: [input, ...values].join('+'), provisioner } } },
      output: { value: { value: '${terraform_data.it.output}' } },
      ...more,
    };
    mkdirSync(join(outdir, 'stacks', name), { recursive: true });
    writeFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), JSON.stringify(stack));
  };
  for (const [name, dependencies] of Object.entries(needs)) {
    const workingDirectory = `stacks/${name}`;
    manifest[`prod-${name}`] = {
      workingDirectory,
      dependencies: dependencies.map((other) => `prod-${other}`),
    };
    write(name, '1');
  }
  writeFileSync(join(outdir, 'manifest.json'), JSON.stringify({ stacks: manifest }));
  const journaled = () => (existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : []);
  return { outdir, write, journaled };
}

test('a stack comes after those that it needs, and other environments are not its matter', async (t) => {
  const { outdir } = stacks(t, {
    addons: ['data', 'cluster'],
    bootstrap: [],
    cluster: ['network'],
    data: ['cluster'],
    network: [],
  });
  const found = await stacksInOrder(outdir, 'prod');
  assert.deepEqual(
    found.map(({ name }) => name),
    ['network', 'cluster', 'data', 'addons', 'bootstrap'],
  );
  assert.deepEqual(
    found.filter((stack) => !isOfPipelines(stack)).map(({ name }) => name),
    ['bootstrap'],
  );
  await assert.rejects(stacksInOrder(outdir, 'dev'), { code: 'no_such_environment' });
});

test('planning, applying and destroying go through real stacks', { skip }, async (t) => {
  const { outdir, write, journaled } = stacks(t, { a: ['b'], b: [] });
  const all = await stacksInOrder(outdir, 'prod');

  const before = await plan(all, silent);
  assert.deepEqual(
    before.map(({ stack, outcome }) => [stack, outcome]),
    [
      ['b', 'changes'],
      ['a', 'failed'],
    ],
    'a reads what b has not put out yet',
  );
  assert.deepEqual(journaled(), []);

  await change('apply', all, silent);
  assert.deepEqual(journaled(), ['make b', 'make a']);
  assert.equal(outcomeOf(await plan(all, silent)), 'same');

  write('b', '2');
  const after = await plan(all, silent);
  assert.deepEqual(
    after.map(({ outcome }) => outcome),
    ['changes', 'same'],
  );
  assert.match(after[0]?.text ?? '', /Plan: 0 to add, 1 to change, 0 to destroy/);

  await change('destroy', all.toReversed(), silent);
  assert.deepEqual(journaled().slice(2), ['unmake a', 'unmake b']);
});

test('a stack that fails stops those after it, and they are named', { skip }, async (t) => {
  const { outdir, write, journaled } = stacks(t, { a: [], b: ['a'], c: ['b'] });
  write('b', '1', { resource: { terraform_data: { it: { inptu: 1 } } } });
  const all = await stacksInOrder(outdir, 'prod');
  await assert.rejects(change('apply', all, silent), {
    code: 'stack_failed',
    message: 'b failed; not tried: c',
  });
  assert.deepEqual(journaled(), ['make a']);
});
