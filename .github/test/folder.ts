import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from '../scripts/program.ts';

/** The root of this repository. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A folder that is gone when the test is over. */
export function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Run git in a folder, as somebody. */
export const git = (folder: string, ...args: string[]): string =>
  run('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args], folder).trim();
