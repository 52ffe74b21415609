import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createS3Store } from '../../lib/storage/s3.ts';
import { footage } from '../../test/support/footage.ts';
import { createBench, jobFor, recordingVideo, workerWith } from '../../test/support/processor.ts';
import { runJob } from './run-job.ts';

// A store that never comes to the end of an object: a job is bounded by its own limits, not by the store's manners.

let scratch: string;
let server: Server;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'endless-'));
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(scratch, { recursive: true });
});

/** Run a job whose source such a store sends. @returns how it failed */
async function extractFrom(send: (res: ServerResponse) => void) {
  server = createServer((_req, res) => {
    send(res.writeHead(200, { 'content-type': 'video/mp4' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const location = { bucket: 'b', prefix: '', region: 'x', endpoint, pathStyle: true, redirect: false };
  const bench = await createBench();
  const job = await jobFor(bench.store, footage('birds.mp4'));
  await bench.remove();
  const video = recordingVideo();
  const worker = workerWith(video.port, createS3Store(location, scratch), { timeoutSeconds: 3 });
  const source = { ...job.source, key: `sources/${randomUUID()}` };
  await runJob(worker, { ...job, source }, new AbortController().signal);
  return video.told('fail');
}

test('a source that comes byte by byte for ever ends with the time of its attempt', async () => {
  const failed = await extractFrom((res) => {
    const timer = setInterval(() => res.write('x'), 20);
    res.once('close', () => clearInterval(timer));
  });
  expect(failed).toMatchObject([{ code: 'processing_timeout', retryable: false }]);
  expect(await readdir(scratch)).toEqual([]);
});

test('a source that comes without an end takes no more of the disk than it is known to have', async () => {
  const piece = Buffer.alloc(65_536);
  const failed = await extractFrom((res) => {
    const pour = () => {
      while (!res.destroyed && res.write(piece));
    };
    pour();
    res.on('drain', pour);
  });
  // It lies with the store, which may do better the next time; and not with time, which was not used up.
  expect(failed).toMatchObject([{ code: 'attempts_exhausted', retryable: true }]);
  expect(await readdir(scratch)).toEqual([]);
});
