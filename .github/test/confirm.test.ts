import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { confirm } from '../scripts/confirm.ts';
import { ROOT } from './folder.ts';

const known = [
  { name: 'prod', protect: true },
  { name: 'dev', protect: false },
];

test('the right words destroy what is not protected', () => {
  confirm('dev', 'destroy dev', known);
});

for (const [environment, typed, code] of [
  ['dev', 'destroy prod', 'not_confirmed'],
  ['dev', 'Destroy dev', 'not_confirmed'],
  ['dev', '', 'not_confirmed'],
  ['prod', 'destroy prod', 'protected'],
  ['test', 'destroy test', 'no_such_environment'],
] as const) {
  test(`"${typed}" for ${environment} is ${code}`, () => {
    assert.throws(
      () => {
        confirm(environment, typed, known);
      },
      { code },
    );
  });
}

test('as a command it asks our own settings, where prod is protected', () => {
  const script = join(ROOT, '.github/scripts/confirm.ts');
  const env = { ...process.env, TYPED: 'destroy prod' };
  const { status, stderr } = spawnSync(process.execPath, [script, 'prod'], { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^protected: /m);
});
