import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const CONNECTIONS = 2000;
/** 20 s for what must arrive, 5 s between two looks at the connections, and some for a busy machine. */
const PATIENCE_MS = 45_000;

let system: System;
let person: ApiPerson;
beforeAll(async () => {
  system = await startSystem({ env: { UPLOAD_IDLE_SECONDS: '1' } });
  person = await registerPerson(system.url);
});
afterAll(() => system.remove());

interface Client {
  socket: Socket;
  isClosed: boolean;
  answer: string;
}

/** A client that sends this much, and then nothing; it reads what comes. */
async function startSlowly(text: string): Promise<Client> {
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  const client: Client = { socket, isClosed: false, answer: '' };
  socket.setEncoding('utf8').on('data', (part: string) => (client.answer += part));
  socket.on('error', () => undefined).on('close', () => (client.isClosed = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  if (text) socket.write(text);
  return client;
}

async function startMany(count: number, text: string): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    clients.push(...(await Promise.all(Array.from({ length: 100 }, () => startSlowly(text)))));
  }
  return clients;
}

async function expectOthersAreServed(): Promise<void> {
  for (const path of ['/health/live', '/video']) {
    const start = Date.now();
    expect((await person.fetch(path)).status).toBe(200);
    expect(Date.now() - start).toBeLessThan(2000);
  }
}

test('thousands of clients that never finish asking are let go, and others are served meanwhile', async () => {
  const half = 'GET /video HTTP/1.1\r\nHost: x\r\nAccept: applic';
  const clients = [
    ...(await startMany(CONNECTIONS, half)),
    ...(await startMany(100, '')),
    ...(await startMany(
      100,
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"em',
    )),
  ];
  // All must be held by the server at the same time; otherwise the rest would show nothing.
  expect(clients.filter(({ isClosed }) => isClosed)).toEqual([]);
  for (let look = 0; look < 20; look++) await expectOthersAreServed();
  await eventually(() => clients.every(({ isClosed }) => isClosed), 'all connections to end', PATIENCE_MS);
  expect(clients[0]?.answer).toMatch(/^HTTP\/1.1 408 /);
  await expectOthersAreServed();
}, 120_000);

const authorization = () => `Authorization: Bearer ${person.tokens.accessToken}`;
const upload = (type: string, begun: string) =>
  `POST /video HTTP/1.1\r\nHost: x\r\n${authorization()}\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n\r\n${begun}`;
const part = '--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\nabc';

test.each([
  ['raw, before its first byte', 'video/mp4', ''],
  ['raw', 'video/mp4', 'abc'],
  ['of a form, before its first byte', 'multipart/form-data; boundary=b', ''],
  ['of a form', 'multipart/form-data; boundary=b', part],
])('a body that stands still is ended: %s', async (_, type, begun) => {
  const client = await startSlowly(upload(type, begun));
  await eventually(() => client.isClosed, 'the connection to end', 10_000);
  expect(client.answer).toMatch(/^HTTP\/1.1 408 /);
  expect(client.answer).toContain('"code":"upload_timeout"');
});

test('a broken head is answered, and others are served', async () => {
  const client = await startSlowly('NONSENSE\r\n\r\n');
  await eventually(() => client.isClosed, 'the connection to end', 10_000);
  expect(client.answer).toMatch(/^HTTP\/1.1 400 /);
  expect(await problemOf(await fetch(`${system.url}/video`))).toEqual([401, 'unauthorized']);
});
