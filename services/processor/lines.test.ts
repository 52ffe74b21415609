import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { boundedLines } from './lines.ts';
import { collect } from '../../test/support/processor.ts';

const linesOf = (...chunks: string[]) =>
  collect(boundedLines(Readable.from(chunks.map((it) => Buffer.from(it)))));

test('splits at line breaks wherever the chunks end', async () => {
  expect(await linesOf('on', 'e\ntw', 'o\r', '\nthree\rfour')).toEqual(['one', 'two', 'three', 'four']);
});

test('cuts a line that never ends', async () => {
  const [first, second] = await linesOf(...Array<string>(100).fill('x'.repeat(1000)), '\nshort');
  expect(first).toHaveLength(4096);
  expect(second).toBe('short');
});
