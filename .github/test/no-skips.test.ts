import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './folder.ts';

const script = join(ROOT, '.github/scripts/no-skips.sh');
const run = (shell: string) => spawnSync(script, ['sh', '-c', shell], { encoding: 'utf8' });

test('a check that did everything passes, and its words are shown', () => {
  const { status, stdout } = run("echo fine; echo 'ℹ skipped 0'");
  assert.equal(status, 0);
  assert.match(stdout, /fine/);
});

for (const words of [
  'SKIPPED: the images were not built',
  'ℹ skipped 3',
  '# skipped 1',
  '# SKIPPED: there is no terraform',
]) {
  test(`"${words}" does not pass`, () => assert.equal(run(`echo '${words}'; exit 0`).status, 1));
}

test('a check that fails stays one that fails', () => assert.equal(run('exit 3').status, 3));
