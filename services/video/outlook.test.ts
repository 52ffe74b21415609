import { expect, test } from '@jest/globals';
import { lookAhead, type Unfinished } from './outlook.ts';

const queued = (id: string, size: number): Unfinished => ({
  id,
  status: 'queued',
  progress: 0,
  runningSeconds: 0,
  size,
});
const processing = (id: string, size: number, progress: number, runningSeconds: number): Unfinished => ({
  id,
  status: 'processing',
  progress,
  runningSeconds,
  size,
});

test('what runs is done in proportion to its progress, or to its size as long as there is none', () => {
  const outlooks = lookAhead([processing('a', 100, 25, 10), processing('b', 100, 0, 4)], 0.1);
  expect(outlooks.get('a')).toEqual({ queuePosition: null, etaSeconds: 30 });
  expect(outlooks.get('b')).toEqual({ queuePosition: null, etaSeconds: 6 });
});

test('what waits comes after what is ahead, shared by as many as run', () => {
  const outlooks = lookAhead(
    [processing('a', 100, 50, 10), processing('b', 100, 50, 10), queued('c', 40), queued('d', 10)],
    1,
  );
  expect(outlooks.get('c')).toEqual({ queuePosition: 1, etaSeconds: 10 + 40 });
  expect(outlooks.get('d')).toEqual({ queuePosition: 2, etaSeconds: (20 + 40) / 2 + 10 });
});

test('one that runs late is not promised for the past', () => {
  expect(lookAhead([processing('a', 10, 0, 100)], 1).get('a')?.etaSeconds).toBe(1);
});

test('without a pace there are positions but no estimates', () => {
  const outlooks = lookAhead([queued('a', 100), queued('b', 100)], null);
  expect([...outlooks.values()]).toEqual([
    { queuePosition: 1, etaSeconds: null },
    { queuePosition: 2, etaSeconds: null },
  ]);
});
