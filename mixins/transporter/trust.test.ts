import { expect, test } from '@jest/globals';
import type { Packet } from 'moleculer';
import { isBelievable } from './trust.ts';

const pendingRequests = new Map<string, unknown>([
  ['to-auth', { action: { name: 'auth.login' }, nodeID: null }],
  ['to-one', { action: { name: 'processor.work' }, nodeID: 'processor@one' }],
  ['to-itself', { action: { name: '$node.list' }, nodeID: null }],
  ['to-stranger', { action: { name: 'stranger.greet' }, nodeID: null }],
]);
const self = { namespace: 'ns', transit: { nodeID: 'api@self', pendingRequests } };
const packetOf = (type: string, payload: object) =>
  ({ type, payload }) as unknown as Packet.Packet<Packet.PacketPayload>;
const judge = (type: string, payload: object, userId?: unknown) =>
  isBelievable(self, packetOf(type, payload), userId);

test.each([
  ['of the user of its role', 'auth@one', 'ns-auth', true],
  ['of another role’s user', 'auth@one', 'ns-processor', false],
  ['of nobody’s user', 'auth@one', undefined, false],
  ['of a user with the role’s name on another system', 'auth@one', 'other-auth', false],
  ['of a process without a role, and a shared user', 'one', 'guest', true],
  ['of a role, and a shared user', 'auth@one', 'guest', false],
  ['of a process without a role, and a role’s user', 'one', 'ns-auth', false],
  ['without a sender', undefined, 'ns-auth', false],
])('news %s', (_what, sender, userId, isBelieved) => {
  expect(judge('INFO', { sender }, userId)).toBe(isBelieved);
});

test.each([
  ['what it needs', 'processor', 'video.claim', true],
  ['what is others’ to call', 'processor', 'video.remove', false],
  ['what begins like what it needs', 'processor', 'video.claimAll', false],
  ['those whom it never asks', 'processor', 'auth.login', false],
  ['its own kind', 'processor', 'processor.work', true],
  ['everything of those whom it may ask all', 'api', 'auth.login', true],
  ['what every process has', 'processor', '$node.list', true],
])('a request for %s', (_what, role, action, isBelieved) => {
  expect(judge('REQ', { sender: `${role}@one`, action }, `ns-${role}`)).toBe(isBelieved);
});

test.each([
  ['of who was asked', 'to-auth', 'auth@one', true],
  ['of somebody else', 'to-auth', 'processor@one', false],
  ['of the process that was asked', 'to-one', 'processor@one', true],
  ['of another process of its kind', 'to-one', 'processor@two', false],
  ['of the process itself, about itself', 'to-itself', 'api@self', true],
  ['of another process, about this one', 'to-itself', 'api@other', false],
  ['of a service without a role', 'to-stranger', 'auth@one', true],
  ['that nobody waits for', 'none', 'processor@one', true],
])('an answer %s', (_what, id, sender, isBelieved) => {
  expect(judge('RES', { sender, id }, `ns-${sender.slice(0, sender.indexOf('@'))}`)).toBe(isBelieved);
});

test('an answer of a process that still has the shared user', () => {
  expect(judge('RES', { sender: 'one', id: 'to-auth' }, 'guest')).toBe(true);
});
