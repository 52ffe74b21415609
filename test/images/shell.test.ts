import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

test.each(['scripts/smoke.sh', 'docker/databases.sh'])('ShellCheck finds nothing in %s', (path) => {
  const { status, stdout } = spawnSync('shellcheck', [path], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
