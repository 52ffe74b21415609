import { expect, test } from '@jest/globals';
import { ProblemError } from '../lib/errors.ts';
import { inputOf } from './command.ts';
import { age } from './inputs.ts';
import { sentenceOf } from './problem.ts';
import { ageText, bytesText, durationText, facts, list } from './tables.ts';

test('words and options get their names; what has none stays under its own', () => {
  const line = { words: ['requeue', 'video.failed'], options: { all: true } };
  const usage = 'dead <deed> [topic] [id]';
  expect(inputOf(usage, line)).toEqual({ deed: 'requeue', topic: 'video.failed', all: true });
  expect(inputOf('queues', { words: ['now'], options: {} })).toEqual({ now: 'now' });
});

test('tables are text that ends where it ends, and obeys nothing that people have named', () => {
  const rows = [
    ['a\u001b[31mb', 1],
    ['two\n  lines', null],
  ];
  expect(list(['NAME', 'COUNT'], rows, 'none')).toBe(
    ['NAME       COUNT', 'a·[31mb    1', 'two lines'].join('\n'),
  );
  expect(list(['NAME'], [], 'none')).toBe('none');
  expect(facts({ one: 1, nothing: null, two: 'x' })).toBe('one  1\ntwo  x');
});

test('durations, ages and sizes are read at a glance', () => {
  expect([0, 59, 60, 3599, 7200, 200_000].map(durationText)).toEqual([
    ...['0 s', '59 s', '1 min', '59 min', '2 h', '2 d'],
  ]);
  const now = new Date('2026-01-01T12:00:00Z');
  expect(ageText('2026-01-01T11:58:00Z', now)).toBe('2 min');
  expect(ageText('2026-01-01T12:00:30Z', now)).toBe('in 30 s');
  expect(ageText('2026-01-01T12:00:00.400Z', now)).toBe('0 s');
  expect(ageText(null, now)).toBe('');
  expect([0, 999, 1500, 1_234_567, 5e12].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.5 kB',
    '1.23 MB',
    '5 TB',
  ]);
  expect(['90s', '10m', '2h', '3d'].map((text) => age.parse(text))).toEqual([90, 600, 7200, 259_200]);
  expect(age.safeParse('soon').success).toBe(false);
});

test('whatever goes wrong is a sentence with a code', () => {
  expect(sentenceOf(new ProblemError('not_found', { detail: 'Nobody' }))).toBe('not_found: Nobody');
  expect(sentenceOf(new ProblemError('unavailable'))).toBe(
    'unavailable: The service is not available right now',
  );
  const errors = [
    { path: 'id', message: 'Too short' },
    { path: '', message: 'Unknown' },
  ];
  expect(sentenceOf(new ProblemError('validation_failed', { errors }))).toBe(
    'validation_failed: id: Too short\nvalidation_failed: Unknown',
  );
  const missing = Object.assign(new Error('Service x is not found'), { name: 'ServiceNotFoundError' });
  expect(sentenceOf(missing)).toMatch(/^unavailable: No process answers/);
  expect(sentenceOf(new Error('odd'))).toBe('internal_error: odd');
});
