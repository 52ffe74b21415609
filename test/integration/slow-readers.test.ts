import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const READERS = 200;
/** Much longer than it takes to measure what they cost. */
const IDLE_SECONDS = 30;
const MB = 1024 * 1024;

let system: System;
let person: ApiPerson;
let video: VideoJson;
beforeAll(async () => {
  system = await startSystem({ env: { DOWNLOAD_IDLE_SECONDS: String(IDLE_SECONDS) } });
  person = await registerPerson(system.url);
  const recipe = JSON.stringify({ select: { mode: 'count', count: 20 }, format: 'png' });
  const { id } = await person.upload(footage('cockatoo.mp4'), { recipe });
  video = await person.waitFor(id, 'completed');
});
afterAll(() => system.remove());

/** A client that asks for the archive, takes the first bytes and no more. */
async function startReading(): Promise<Socket> {
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `GET /video/${video.id}/download HTTP/1.1\r\nHost: x\r\n` +
      `Authorization: Bearer ${person.tokens.accessToken}\r\n\r\n`,
  );
  const first = await new Promise<Buffer>((resolve) => {
    socket.once('data', (bytes) => {
      socket.pause();
      resolve(bytes);
    });
  });
  expect(first.toString('latin1')).toMatch(/^HTTP\/1.1 200 /);
  return socket;
}

const openFiles = async () => (await readdir(`/proc/${system.pid}/fd`)).length;
async function memory(): Promise<number> {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${system.pid}/status`, 'utf8')) ?? [];
  return Number(kb) * 1024;
}

async function downloadWhole(): Promise<string> {
  const response = await person.fetch(`/video/${video.id}/download`);
  return createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex');
}

test('readers that stand still cost little memory, disturb nobody, are ended, and leave no open file', async () => {
  // More than the sockets' buffers hold, so that the server has to wait for the readers.
  expect(video.archive?.size).toBeGreaterThan(8 * MB);
  expect(await downloadWhole()).toBe(video.archive?.sha256);
  const before = { files: await openFiles(), memory: await memory() };
  const readers: Socket[] = [];
  while (readers.length < READERS) {
    readers.push(...(await Promise.all(Array.from({ length: 20 }, startReading))));
  }
  expect(await openFiles()).toBeGreaterThan(before.files + READERS);
  const start = Date.now();
  for (let look = 0; look < 20; look++) expect((await person.fetch('/video')).status).toBe(200);
  expect((Date.now() - start) / 20).toBeLessThan(1000);
  expect(await downloadWhole()).toBe(video.archive?.sha256);
  const grown = (await memory()) - before.memory;
  // Held whole, the archives would be eight times as much; what a process keeps of collected garbage is less.
  expect(grown).toBeLessThan((READERS * (video.archive?.size ?? 0)) / 8);
  // A few connections of this test itself may come and go.
  const areClosed = async () => (await openFiles()) <= before.files + 10;
  await eventually(areClosed, 'the files to be closed', IDLE_SECONDS * 4000);
  for (const reader of readers) reader.resume();
  await eventually(() => readers.every(({ closed }) => closed), 'the readers to hear of it');
});
