import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { trialFaults } from '../../scripts/supply/trial.ts';

test('a folder whose settings let every install script run is found out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'));
  try {
    expect(await trialFaults(folder)).toEqual([expect.stringContaining('that nobody has judged')]);
    await writeFile(join(folder, '.npmrc'), 'ignore-scripts=true\n');
    expect(await trialFaults(folder)).toEqual([expect.stringContaining('does not refuse')]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
