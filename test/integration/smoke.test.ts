import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startSystem, type System } from '../support/system.ts';

const script = fileURLToPath(new URL('../../scripts/smoke.sh', import.meta.url));
let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.remove());

async function smoke(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', [script, ...args], { env: { ...process.env, SMOKE_TIMEOUT: '60' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('a system that works passes, and is left without the video and the account', async () => {
  const { code, output } = await smoke(`${system.url}/`);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('smoke: PASSED') });
  expect(await system.query('auth', 'SELECT id FROM people')).toEqual([]);
  const videos = () => system.query('video', 'SELECT id FROM videos');
  await eventually(async () => (await videos()).length === 0, 'the video to be gone');
});

test('a file that is no video fails the check, which says where', async () => {
  const { code, output } = await smoke(system.url, script);
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringMatching(/FAILED: the video is failed/),
  });
});

test('a server that is something else fails the check', async () => {
  const server = createServer((_req, res) => res.writeHead(200).end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, output } = await smoke(`http://127.0.0.1:${port}`);
  server.close();
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringContaining('registering: 201 was expected, the answer was 200'),
  });
});

test('without an address it says how it is used', async () => {
  expect(await smoke()).toMatchObject({ code: 2, output: expect.stringContaining('usage:') });
});
