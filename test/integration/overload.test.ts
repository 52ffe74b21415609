import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { listen, type Listener } from '../support/events.ts';
import { scrape, valueOf } from '../support/metrics.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { freePort } from '../support/ports.ts';
import { addBytes, beginUpload, tusRequest, uniqueClip } from '../support/resumable.ts';
import { startSystem, type System } from '../support/system.ts';
import type { VideoJson } from '../../lib/contracts.ts';

const CLIENTS = 60;
const SIZE = 2_000_000;
const PIECE = 200_000;

let system: System;
let port: number;
let person: ApiPerson;
let listener: Listener;
beforeAll(async () => {
  // Far fewer than the clients that ask at once: it is overloaded for as long as they do.
  port = await freePort();
  system = await startSystem({ env: { MAX_WAITING_CALLS: '3', METRICS_PORT: String(port) } });
  person = await registerPerson(system.url);
  listener = await listen(system.url, person.tokens.accessToken);
});
afterAll(async () => {
  listener.cut();
  await system.remove();
});

/** Clients that ask again as soon as they have an answer, until told to stop. */
function flood(path: string) {
  const seen = { served: 0, shed: 0, retryAfter: new Set<string | null>() };
  const stopping = new AbortController();
  const client = async () => {
    while (!stopping.signal.aborted) {
      const response = await person.fetch(path);
      if (response.status === 200) {
        seen.served += 1;
        await response.arrayBuffer();
        continue;
      }
      expect(await problemOf(response)).toEqual([503, 'overloaded']);
      seen.shed += 1;
      seen.retryAfter.add(response.headers.get('retry-after'));
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    seen,
    stop: async () => {
      stopping.abort();
      await clients;
    },
  };
}

/** A body that goes on when it is told to. */
function slowBody(bytes: Uint8Array<ArrayBuffer>) {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  return {
    readable,
    begin: () => writer.write(bytes.subarray(0, PIECE)),
    finish: async () => {
      await writer.write(bytes.subarray(PIECE));
      await writer.close();
    },
  };
}

test('an overloaded system turns new requests away, and finishes what it has accepted', async () => {
  const bytes = await uniqueClip(SIZE);
  const resumable = await beginUpload(person, SIZE, { filename: 'resumable.mp4' });
  const body = slowBody(await uniqueClip(SIZE));
  const plain = person.fetch('/video?filename=plain.mp4', {
    method: 'POST',
    headers: { 'content-type': 'video/mp4' },
    body: body.readable,
    duplex: 'half',
  });
  await body.begin();
  await eventually(async () => {
    const usage = await person.fetch('/me/usage');
    return ((await usage.json()) as { concurrentUploads: { used: number } }).concurrentUploads.used === 1;
  }, 'the upload to have begun');

  const shed = async () => {
    const text = await scrape(port);
    const by = (place: string) =>
      valueOf(text, new RegExp(`video_system_http_requests_shed_total\\{by="${place}"\\}`));
    return by('gateway') + by('action');
  };
  const shedBefore = await shed();
  const load = flood('/video');
  await eventually(() => load.seen.shed > 100, 'requests to be shed', 20_000);

  const refused = await eventually(async () => {
    const response = await tusRequest(person, 'POST', '/uploads', { 'upload-length': String(SIZE) });
    return response.status === 503 && response;
  }, 'a new upload to be refused');
  expect(await problemOf(refused)).toEqual([503, 'overloaded']);
  expect(refused.headers.get('tus-resumable')).toBe('1.0.0');
  expect(refused.headers.get('x-content-type-options')).toBe('nosniff');

  for (const path of ['/health/live', '/health/ready']) {
    expect((await fetch(`${system.url}${path}`)).status).toBe(200);
  }
  for (let offset = 0; offset < SIZE; offset += PIECE) {
    const response = await addBytes(person, resumable, offset, bytes.subarray(offset, offset + PIECE));
    expect(response.status).toBe(204);
  }
  await body.finish();
  const made = await plain;
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as VideoJson;
  await listener.next('the video that was uploaded meanwhile', ({ json }) => json.id === id);

  const shedSoFar = load.seen.shed;
  await eventually(() => load.seen.shed > shedSoFar, 'the overload to be still there', 20_000);
  await load.stop();
  expect(load.seen.served).toBeGreaterThan(0);
  expect([...load.seen.retryAfter].sort()).toEqual(['1', '2', '3']);
  // Besides the flood's there are those of the upload that was refused.
  expect((await shed()) - shedBefore).toBeGreaterThan(load.seen.shed);

  // It is over with the last request of the flood: nothing has to recover first.
  for (let look = 0; look < 20; look++) expect((await person.fetch('/video')).status).toBe(200);
  expect(listener.ended).toBe(false);
  const { items } = (await (await person.fetch('/video')).json()) as { items: VideoJson[] };
  expect(items.map(({ filename }) => filename).sort()).toEqual(['plain.mp4', 'resumable.mp4']);
  for (const video of items)
    expect((await person.waitFor(video.id, 'completed')).frameCount).toBeGreaterThan(0);
});
