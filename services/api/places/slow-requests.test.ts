import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ProblemError } from '../../../lib/errors.ts';
import type { Place } from '../../../lib/places.ts';
import { metrics } from '../../../lib/metrics.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { note } from '../request-notes.ts';
import { createSlowRequests } from './slow-requests.ts';

const PERSON = '0b8c6a3e-5c5c-4a7b-9c0f-2f6f3c1b9a11';
const LARGE = Buffer.alloc(64 * 1024 * 1024);

let server: Server;
let port: number;
let now: number;
let taken: Place[];
let left: number;
let error: Error | undefined;
let slow: ReturnType<typeof createSlowRequests>;
let sockets: Socket[];
beforeEach(async () => {
  [now, taken, left, error, sockets] = [0, [], 0, undefined, []];
  slow = createSlowRequests({
    take: (place) => {
      taken.push(place);
      return error ? Promise.reject(error) : Promise.resolve(() => (left += 1));
    },
    originOf: () => ({ address: '10.1.2.3' }),
    isExempt: ({ url }) => url === '/events',
    clock: () => now,
  });
  server = createServer(
    slow.watch((req, res) => {
      note(req, { personId: PERSON });
      if (req.url === '/large') res.end(LARGE);
      else if (req.url === '/quick') res.end();
      else req.resume();
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** A client that asks, and neither sends nor reads any more. */
async function ask(head: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const arrived = once(server, 'request');
  const body = head.startsWith('POST') ? 'Content-Length: 100000\r\n\r\nabc' : '\r\n';
  socket.write(`${head} HTTP/1.1\r\nHost: x\r\n${body}`);
  await arrived;
  return socket;
}
const place = { kind: 'slow', personId: PERSON, address: '10.1.2.3' };
const inFlight = async () => (await metrics.slowRequests.get()).values[0]?.value;

test('only what takes long takes a place, once, and leaves it in the end; streams have their own', async () => {
  await ask('GET /quick');
  await ask('GET /events');
  const [reader, writer] = [await ask('GET /large'), await ask('POST /video')];
  slow.look();
  expect(taken).toEqual([]);
  now = 5000;
  slow.look();
  slow.look();
  expect(taken).toEqual([place, place]);
  await eventually(async () => (await inFlight()) === 2, 'both to be counted');
  reader.destroy();
  writer.destroy();
  await eventually(() => left === 2, 'the places to be left');
  expect(await inFlight()).toBe(0);
});

test('who has too many is told so while there is no answer, and is cut off in one', async () => {
  error = new ProblemError('too_many_requests', { retryAfterSeconds: 10 });
  const [reader, writer] = [await ask('GET /large'), await ask('POST /video')];
  let answer = '';
  writer.setEncoding('utf8').on('data', (part: string) => (answer += part));
  now = 5000;
  slow.look();
  await eventually(() => writer.closed, 'the writer to be let go');
  expect(answer).toMatch(/^HTTP\/1.1 429 /);
  expect(answer).toContain('Retry-After: 10');
  expect(answer).toContain('"code":"too_many_requests"');
  const ended = once(reader, 'close');
  reader.resume();
  await ended;
  expect(reader.bytesRead).toBeLessThan(LARGE.length);
  expect(await inFlight()).toBe(0);
});

test('when places can’t be had for another reason, requests go on', async () => {
  error = new Error('away');
  const writer = await ask('POST /video');
  now = 5000;
  slow.look();
  expect(taken).toHaveLength(1);
  await ask('GET /quick');
  expect(writer.closed).toBe(false);
});
