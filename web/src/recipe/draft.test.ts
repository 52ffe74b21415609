import { describe, expect, test } from '@jest/globals';
import { recipeSchema } from '../../../lib/recipe.ts';
import { draftOf, newDraft, readDraft, readTime, type Draft } from './draft.ts';

const read = (change: Partial<Draft>) => readDraft({ ...newDraft, ...change });

describe('a time', () => {
  test.each([
    ['95.5', 95.5],
    ['1:30', 90],
    ['1:02:03,25', 3723.25],
    ['0', 0],
  ])('%s is read', (text, seconds) => expect(readTime(text)).toBe(seconds));

  test.each(['', 'x', '-1', '1:2:3:4', '1.2345'])('“%s” is none', (text) =>
    expect(readTime(text)).toBeNull(),
  );
});

describe('a draft', () => {
  const drafts: Partial<Draft>[] = [
    {},
    { mode: 'interval', interval: '0,5', quality: '90', maxWidth: '640', start: '1:00', end: '90' },
    { mode: 'count', count: '12', format: 'png', quality: 'ignored for PNG', dedupe: true },
    { mode: 'times', times: '0:05, 1:30 0,25\n7' },
    { mode: 'scene', sceneChange: '45' },
    { mode: 'keyframes' },
    { mode: 'all', format: 'webp' },
  ];

  test.each(drafts)(
    'becomes a recipe that the server takes, and that becomes the same draft: %j',
    (change) => {
      const { recipe, faults } = read(change);
      expect(faults).toEqual([]);
      expect(recipeSchema.parse(recipe)).toEqual(recipe);
      expect(recipe && readDraft(draftOf(recipe)).recipe).toEqual(recipe);
    },
  );

  test('names what is wrong with it', () => {
    expect(read({ interval: '0' }).faults).toEqual([{ field: 'interval', path: 'select.seconds' }]);
    expect(read({ mode: 'count', count: '1.5' }).faults).toEqual([{ field: 'count', path: 'select.count' }]);
    expect(read({ mode: 'times', times: '1 two' }).faults).toEqual([
      { field: 'times', path: 'select.times' },
    ]);
    expect(read({ start: '10', end: '5', maxWidth: '3' }).faults.map(({ field }) => field)).toEqual([
      'maxWidth',
      'end',
    ]);
  });
});
