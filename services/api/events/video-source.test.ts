import { expect, test } from '@jest/globals';
import type { Call } from '../endpoint.ts';
import { createVideoSource } from './video-source.ts';

const ANN = 'a6f0a1de-5f5e-4a7e-9a39-1f5b6f0f6c11';

test('a place is told as soon as it is known, and whenever it changes', async () => {
  let places: Record<string, number | null> = {};
  const call = (() => {
    const items = Object.entries(places).map(([id, queuePosition]) => ({ id, personId: ANN, queuePosition }));
    return Promise.resolve({ items });
  }) as Call;
  const source = createVideoSource(call);
  const told = async (now: typeof places) => {
    places = now;
    return (await source.moved?.([ANN]))?.map(({ subjectId }) => subjectId);
  };
  expect(await told({ first: null })).toEqual([]);
  expect(await told({ first: 2, second: 3 })).toEqual(['first', 'second']);
  expect(await told({ first: 2, second: 3 })).toEqual([]);
  expect(await told({ first: 1, second: 3 })).toEqual(['first']);
  expect(await told({ second: 1 })).toEqual(['second']);
});
