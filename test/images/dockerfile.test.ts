import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { validate } from 'dockerfile-utils';

const path = fileURLToPath(new URL('../../Dockerfile', import.meta.url));
const faultsOf = (text: string) =>
  validate(text).map(({ range, message }) => [range.start.line + 1, message]);

test('the Dockerfile has no faults', async () => {
  const text = await readFile(path, 'utf8');
  expect(faultsOf(text)).toEqual([]);
  expect(faultsOf(text.replace('WORKDIR', 'WORKDOR'))).toEqual([[10, 'Unknown instruction: WORKDOR']]);
});

test('every base is pinned by its digest', async () => {
  const text = await readFile(path, 'utf8');
  const stages = [...text.matchAll(/^FROM (\S+) AS (\S+)$/gm)];
  const names = new Set(stages.map(([, , name]) => name));
  const outside = stages.map(([, base = '']) => base).filter((base) => !names.has(base));
  expect(new Set(outside)).toEqual(new Set(['${NODE_IMAGE}', '${RUNTIME_IMAGE}', 'processor-${FFMPEG}']));
  for (const name of ['NODE_IMAGE', 'RUNTIME_IMAGE']) {
    expect(text).toMatch(new RegExp(`^ARG ${name}=\\S+@sha256:[0-9a-f]{64}$`, 'm'));
  }
});
