import { expect, test } from '@jest/globals';
import { topics } from '../contracts.ts';
import { definitionsOf, type Passwords } from './definitions.ts';
import { permissionsOf } from './permissions.ts';
import { everyTopic, nodeNameOf, roleIn, roleOfNode, roles, userOf } from './roles.ts';

test('every topic is one of them', () => {
  expect([...everyTopic].sort()).toEqual(Object.keys(topics).sort());
});

test.each([
  ['amqp://ns-processor:secret@broker', 'processor'],
  ['amqps://ns%2Dprocessor:secret@broker/vhost?heartbeat=5', 'processor'],
  ['amqp://other-processor@broker', 'shared'],
  ['amqp://processor@broker', 'shared'],
  ['amqp://video:secret@broker', 'shared'],
  ['amqp://broker', 'shared'],
])('whoever comes with %s has the role %s', (url, role) => {
  expect(roleIn('ns', url)).toBe(role);
});

test('a process tells its role by its name, unless it has none', () => {
  for (const role of roles) expect(roleOfNode(nodeNameOf(role, 'machine-1-ab'))).toBe(role);
  expect(nodeNameOf('shared', 'machine-1-ab')).toBe('machine-1-ab');
  for (const name of ['machine', 'auth-1', 'authority@x', 'x.auth@y'])
    expect(roleOfNode(name)).toBe('shared');
});

test('the permissions of a system are not those of another one on the same broker', () => {
  for (const role of roles) {
    for (const pattern of Object.values({ ...permissionsOf('frames', role) } as Record<string, string>)) {
      const matches = (name: string) => new RegExp(pattern).test(name);
      expect(matches(`MOL-frames.REQ.${role}@x`)).toBe(true);
      for (const name of [`MOL-frames-2.REQ.${role}@x`, `MOL-2-frames.REQ.${role}@x`, 'amq.default', ''])
        expect(matches(name)).toBe(false);
    }
  }
});

test('the definitions hold each user’s name once, and passwords only as salted hashes', () => {
  const names = [...roles, 'scaler', 'administrator'];
  const passwords = Object.fromEntries(names.map((name) => [name, 'the same secret'])) as Passwords;
  const { users } = definitionsOf('ns', passwords) as { users: { name: string; password_hash: string }[] };
  expect(users.map(({ name }) => name)).toEqual([
    ...roles.map((role) => userOf('ns', role)),
    ...['ns-scaler', 'ns-administrator'],
  ]);
  expect(new Set(users.map((user) => user.password_hash)).size).toBe(users.length);
  expect(JSON.stringify(users)).not.toContain('the same secret');
});
