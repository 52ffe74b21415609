import { expect, test } from '@jest/globals';
import { storable } from './storable.ts';

test('storable text has no NUL and no half of a surrogate pair', () => {
  expect(storable('a\u0000b\udc00c')).toBe('ab\ufffdc');
});
