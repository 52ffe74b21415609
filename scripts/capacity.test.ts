import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

test('docs/capacity.md is what the figures and the manifests say', () => {
  const script = fileURLToPath(new URL('./capacity.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('docs/capacity.md is what the figures say\n');
  expect(status).toBe(0);
});
