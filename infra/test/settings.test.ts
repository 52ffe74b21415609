import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environments } from '../environments.ts';
import { readSettings } from '../settings.ts';

const [prod] = environments;
assert.ok(prod);
const { repository } = prod;
const known = Object.fromEntries(
  Object.entries(prod).filter(([key]) => !['name', 'repository'].includes(key)),
);
const changed = (change: object) => ({ repository, environments: { prod: { ...known, ...change } } });

test('dev may be left out', () => {
  assert.deepEqual(
    readSettings(changed({})).map(({ name }) => name),
    ['prod'],
  );
});

const wrong: [string, object, RegExp][] = [
  ['a word too much', { regoin: 'us-east-1' }, /regoin/],
  ['an account that is none', { account: '1' }, /account/],
  [
    'a cluster for the world',
    { cluster: { ...prod.cluster, adminNetworks: ['0.0.0.0/0'] } },
    /at most a \/16/,
  ],
  [
    'a cluster without administrators',
    { cluster: { ...prod.cluster, adminPrincipals: [] } },
    /adminPrincipals/,
  ],
];
for (const [what, change, expected] of wrong) {
  test(`${what} is refused`, () => assert.throws(() => readSettings(changed(change)), expected));
}
