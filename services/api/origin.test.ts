import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { createOriginOf } from './origin.ts';

function request(remoteAddress: string | undefined, headers: Record<string, string> = {}): IncomingMessage {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
  return Object.assign(new IncomingMessage(socket), { headers });
}

test.each([
  [0, '10.0.0.1', '203.0.113.1', '10.0.0.1'],
  [1, '10.0.0.1', '203.0.113.1', '203.0.113.1'],
  [1, '10.0.0.1', '6.6.6.6, 203.0.113.1', '203.0.113.1'],
  [2, '10.0.0.1', '6.6.6.6, 203.0.113.1, 10.0.0.2', '203.0.113.1'],
  [['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 203.0.113.1, 10.0.0.2', '203.0.113.1'],
  [['10.0.0.0/8'], '192.0.2.1', '203.0.113.1', '192.0.2.1'],
  [['loopback'], '::ffff:127.0.0.1', '203.0.113.1', '203.0.113.1'],
  [1, '10.0.0.1', 'not an address', '10.0.0.1'],
  [1, '::ffff:192.0.2.1', '', '192.0.2.1'],
  [1, '10.0.0.1', '2001:db8::ffff:192.0.2.1', '2001:db8::ffff:192.0.2.1'],
])('with %j trusted, a request from %s for “%s” comes from %s', (trusted, direct, told, address) => {
  const headers = told ? { 'x-forwarded-for': told } : {};
  expect(createOriginOf(trusted)(request(direct, headers))).toEqual({ address });
});

test('a connection that is gone already has no address', () => {
  expect(createOriginOf(1)(request(undefined, { 'x-forwarded-for': '203.0.113.1' }))).toEqual({});
});

test('a browser’s name is cut to what can be kept and shown', () => {
  const { userAgent } = createOriginOf(0)(
    request('192.0.2.1', { 'user-agent': `\u00e9\tX${'y'.repeat(600)}` }),
  );
  expect(userAgent).toBe(`X${'y'.repeat(499)}`);
});
