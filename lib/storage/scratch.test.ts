import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeScratchFolder } from './scratch.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'scratch-test-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const program = `
  const { makeScratchFolder } = await import(process.argv[1]);
  await makeScratchFolder(process.argv[2]);
  console.log('made');
  process.stdin.resume();`;

/** Another process that has made a folder. */
async function another() {
  const module = fileURLToPath(new URL('./scratch.ts', import.meta.url));
  const args = ['--input-type=module', '-e', program, module, parent];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('the folders of living processes stay, those of dead ones go', async () => {
  const child = await another();
  const mine = await makeScratchFolder(parent);
  expect(await readdir(parent)).toHaveLength(2);

  child.kill('SIGKILL');
  await once(child, 'exit');
  const second = await makeScratchFolder(parent);
  expect((await readdir(parent)).sort()).toEqual([basename(mine), basename(second)].sort());
});
