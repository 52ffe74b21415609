import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { metrics } from '../../lib/metrics.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createStillReaders } from './still-readers.ts';
import { sendStream } from './transfer/send-stream.ts';

const IDLE_MS = 1000;
/** More than the sockets' buffers hold. */
const LARGE = 64 * 1024 ** 2;
const PIECE = Buffer.alloc(64 * 1024);

let server: Server;
let now = 0;
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  server.close();
});

interface Watched {
  client: Socket;
  /** The gateway's end. */
  socket: Socket;
  look: () => void;
}

/** A client that has asked, and reads nothing yet, of a gateway whose watch goes when it is told. */
async function ask(handle: RequestListener): Promise<Watched> {
  const sockets = new Set<Socket>();
  now = 0;
  const { look } = createStillReaders({ sockets, idleMs: IDLE_MS, clock: () => now });
  server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  clients.push(client);
  client.on('error', () => undefined);
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const asked = once(server, 'request');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [socket] = await connected;
  await asked;
  sockets.add(socket);
  return { client, socket, look };
}

/** Something large that comes from a store. */
function large() {
  const source = Readable.from(
    (function* pieces() {
      for (let sent = 0; sent < LARGE; sent += PIECE.length) yield PIECE;
    })(),
  );
  const handle: RequestListener = (_, res) =>
    void sendStream(res, source, () => res.setHeader('Content-Length', LARGE));
  return { source, handle };
}

/** Wait until nothing goes on any more because the client reads nothing. */
async function isStuck(socket: Socket): Promise<void> {
  let before = -1;
  const same = () => {
    const taken = socket.bytesWritten - socket.writableLength;
    const stays = socket.writableNeedDrain && taken === before;
    before = taken;
    return stays;
  };
  await eventually(same, 'the buffers to be full');
}

const ended = async () =>
  (await metrics.abuse.get()).values.find(({ labels }) => labels.limit === 'still')?.value ?? 0;

test('a reader that takes nothing is ended after a while, and nothing is left of its answer', async () => {
  const [{ source, handle }, before] = [large(), await ended()];
  const { client, socket, look } = await ask(handle);
  await isStuck(socket);
  look();
  now = IDLE_MS - 1;
  look();
  expect(socket.destroyed).toBe(false);
  now = IDLE_MS;
  look();
  await eventually(() => source.destroyed && socket.closed, 'all to be closed');
  expect((await ended()) - before).toBe(1);
  client.resume();
  await eventually(() => client.closed, 'the client to hear of it');
  expect(client.bytesRead).toBeLessThan(LARGE);
});

test('a byte now and then does not help', async () => {
  const { handle } = large();
  const { client, socket, look } = await ask(handle);
  await isStuck(socket);
  for (now = 0; now < IDLE_MS; now += 100) {
    look();
    client.read(1);
  }
  look();
  expect(socket.destroyed).toBe(true);
});

test('who is slow but goes on gets everything', async () => {
  const { handle } = large();
  const { client, socket, look } = await ask(handle);
  let got = 0;
  client.on('data', ({ length }: Buffer) => (got += length)).pause();
  for (let read = 0; read < 4; read += 1) {
    look();
    now += IDLE_MS - 1;
    const before = got;
    client.resume();
    // More than the buffers on the way can have held.
    await eventually(() => got >= LARGE || got - before >= LARGE / 4, 'the client to read on');
    client.pause();
  }
  look();
  expect(socket.destroyed).toBe(false);
  client.resume();
  await eventually(() => got > LARGE, 'the end');
});

test('who is made to wait, or is told nothing, is not ended, nor is one who has caught up', async () => {
  const { client, socket, look } = await ask((_, res) => void res.write(PIECE));
  client.resume();
  await eventually(() => client.bytesRead > PIECE.length && socket.writableLength === 0, 'it to be taken');
  for (now = 0; now < 10 * IDLE_MS; now += IDLE_MS) look();
  expect(socket.destroyed).toBe(false);
});

test('a source that the store found too late is closed', async () => {
  const { source } = large();
  await ask((_, res) => {
    res.writeHead(429).end();
    void sendStream(res, source, () => undefined);
  });
  await eventually(() => source.destroyed, 'the source to be closed');
});

test('so is one whose client has gone meanwhile', async () => {
  const { source } = large();
  const { client } = await ask((_, res) =>
    res.once('close', () => void sendStream(res, source, () => undefined)),
  );
  client.destroy();
  await eventually(() => source.destroyed, 'the source to be closed');
});
