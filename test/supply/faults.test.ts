import { expect, test } from '@jest/globals';
import { faultsOf, type LockedPackage } from '../../scripts/supply/faults.ts';
import { isAllowed } from '../../scripts/supply/licences.ts';

const integrity = `sha512-${'A'.repeat(86)}==`;
const good: LockedPackage = { version: '1.0.0', integrity, license: 'MIT' };
const faults = (change: Partial<LockedPackage>, policy = {}) =>
  faultsOf({ lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { ...good, ...change } } }, policy);

test('what is checked by its content, is licensed and runs nothing is in order', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ hasInstallScript: true }, { a: false })).toEqual([]);
});

test.each<[string, Partial<LockedPackage>, object]>([
  ['has no sha512 integrity', { integrity: '' }, {}],
  ['has no sha512 integrity', { integrity: `sha1-${'A'.repeat(27)}=` }, {}],
  ['names where it comes from', { resolved: 'https://registry.example/a.tgz' }, {}],
  ['is a link', { link: true }, {}],
  ['nobody has judged', { hasInstallScript: true }, {}],
  ['has no install script', {}, { a: true }],
  ['licence that is not allowed: GPL-3.0-only', { license: 'GPL-3.0-only' }, {}],
])('a package that %s is a fault: %j', (sentence, change, policy) => {
  expect(faults(change, policy)).toEqual([expect.stringContaining(sentence)]);
});

test('licences that all hold must all be allowed; of several to choose from, one', () => {
  expect(isAllowed('(MIT AND Zlib)')).toBe(true);
  expect(isAllowed('MIT AND GPL-3.0-only')).toBe(false);
  expect(isAllowed('(MIT OR GPL-3.0-only)')).toBe(true);
  expect(isAllowed('(MIT OR (Zlib AND GPL-3.0-only)) AND ISC')).toBe(false);
});
