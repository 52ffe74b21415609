import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { openArchive } from '../support/archive.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let person: ApiPerson;
beforeAll(async () => {
  system = await startSystem({ env: { PROCESSOR_CONCURRENCY: '2' } });
  person = await registerPerson(system.url);
});
afterAll(() => system.remove());

const BIRDS = footage('birds.mp4');
const completed = async (file = BIRDS, query = {}) => {
  const { id } = await person.upload(file, query);
  return person.waitFor(id, 'completed', 'failed');
};
const objects = async (folder: string) =>
  readdir(join(system.dataDir, 'objects', folder), { recursive: true });

describe('the main job', () => {
  test('gives the frames of a video as a ZIP', async () => {
    const video = await completed(footage('cockatoo.mp4'), { filename: 'papagaio é.mp4' });
    expect(video).toMatchObject({
      status: 'completed',
      progress: 100,
      frameCount: 14,
      error: null,
      attempts: 1,
    });
    expect(video.media).toMatchObject({
      durationSeconds: 14,
      width: 1280,
      height: 720,
      codec: 'h264',
      frameRate: 20,
    });
    expect(video.archive?.url).toBe(
      `${system.url}/video/${video.id}/download?extraction=${video.extractions[0]?.id}`,
    );

    const response = await person.fetch(`/video/${video.id}/download`);
    expect(response.status).toBe(200);
    const { names, manifest } = await openArchive(Buffer.from(await response.arrayBuffer()));
    const frames = Array.from({ length: 14 }, (_, i) => `frames/frame_${String(i + 1).padStart(6, '0')}.jpg`);
    expect(names).toEqual([...frames, 'manifest.json']);
    expect(manifest).toMatchObject({
      video: { filename: 'papagaio é.mp4', sha256: video.sha256 },
      expectedFrames: 14,
    });
    expect(manifest.frames.map(({ timeSeconds }) => timeSeconds)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    ]);
  });

  test('runs several videos at a time', async () => {
    const uploads = await Promise.all(
      Array.from({ length: 4 }, () => person.upload(footage('cockatoo.mp4'))),
    );
    await eventually(async () => {
      const { items } = (await (await person.fetch('/video?status=processing')).json()) as {
        items: VideoJson[];
      };
      return items.length === 2;
    }, 'two videos to be processed at once');
    for (const { id } of uploads) await person.waitFor(id, 'completed');
  });
});

describe('a video', () => {
  test('is canceled while it is processed, retried and completed', async () => {
    const { id } = await person.upload(footage('cockatoo.mp4'), { recipe: '{"format":"png"}' });
    await person.waitFor(id, 'processing');
    const canceled = await person.fetch(`/video/${id}/cancel`, { method: 'POST' });
    expect(canceled.status).toBe(200);
    expect(await canceled.json()).toMatchObject({ id, status: 'canceled' });
    const again = await person.fetch(`/video/${id}/cancel`, { method: 'POST' });
    expect(await problemOf(again)).toEqual([409, 'invalid_state']);
    expect(await problemOf(await person.fetch(`/video/${id}/download`))).toEqual([409, 'not_ready']);

    const retried = await person.fetch(`/video/${id}/retry`, { method: 'POST' });
    expect(await retried.json()).toMatchObject({ id, recipe: { format: 'png' } });
    const video = await person.waitFor(id, 'completed');
    expect(video.extractions.map(({ status }) => status)).toEqual(['completed', 'canceled']);
    const done = await person.fetch(`/video/${id}/retry`, { method: 'POST' });
    expect(await problemOf(done)).toEqual([409, 'invalid_state']);
  });

  test('is extracted again with another recipe; both archives stay', async () => {
    const first = await completed();
    const path = `/video/${first.id}/extractions`;
    const bad = await person.fetch(path, json({ recipe: { format: 'gif' } }));
    expect(await problemOf(bad)).toEqual([422, 'invalid_recipe']);
    const response = await person.fetch(path, json({ recipe: { select: { mode: 'count', count: 3 } } }));
    expect(response.status).toBe(201);
    const second = await person.waitFor(first.id, 'completed');
    expect(second.frameCount).toBe(3);
    const older = await person.fetch(`/video/${first.id}/download?extraction=${first.extractions[0]?.id}`);
    const { names } = await openArchive(Buffer.from(await older.arrayBuffer()));
    expect(names).toHaveLength((first.frameCount ?? 0) + 1);
    const unknown = await person.fetch(`/video/${first.id}/download?extraction=${randomUUID()}`);
    expect(await problemOf(unknown)).toEqual([404, 'not_found']);
  });

  test('is deleted with its objects, also while it is processed', async () => {
    const done = await completed();
    const { id: busy } = await person.upload(footage('cockatoo.mp4'), { recipe: '{"format":"png"}' });
    await person.waitFor(busy, 'processing');
    for (const id of [done.id, busy]) {
      expect((await person.fetch(`/video/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect(await problemOf(await person.fetch(`/video/${id}`))).toEqual([404, 'not_found']);
      expect(await problemOf(await person.fetch(`/video/${id}`, { method: 'DELETE' }))).toEqual([
        404,
        'not_found',
      ]);
    }
    const extraction = done.extractions[0]?.id ?? '';
    await eventually(async () => {
      const left = [...(await objects('sources')), ...(await objects('archives'))].join();
      return ![done.id, busy, `${extraction}/1.zip`].some((gone) => left.includes(gone));
    }, 'the objects to go');
  });

  test('of another person does not exist, on any route', async () => {
    const { id } = await completed();
    const stranger = await registerPerson(system.url);
    const attempts: [string, RequestInit][] = [
      [`/video/${id}`, {}],
      [`/video/${id}`, { method: 'DELETE' }],
      [`/video/${id}/cancel`, { method: 'POST' }],
      [`/video/${id}/retry`, { method: 'POST' }],
      [`/video/${id}/extractions`, json({ recipe: {} })],
      [`/video/${id}/download`, {}],
    ];
    for (const [path, init] of attempts) {
      expect(await problemOf(await stranger.fetch(path, init))).toEqual([404, 'not_found']);
      const nobody = await fetch(`${system.url}${path}`, init);
      expect(await problemOf(nobody)).toEqual([401, 'unauthorized']);
    }
    expect((await stranger.fetch(`/video/${id}/download`, { method: 'HEAD' })).status).toBe(404);
    expect((await person.fetch(`/video/${id}`)).status).toBe(200);
  });

  test.each(['nonsense', randomUUID(), "1'; DROP TABLE videos; --", '..%2f..'])(
    'called %s is not there',
    async (id) => {
      expect(await problemOf(await person.fetch(`/video/${encodeURIComponent(id)}`))).toEqual([
        404,
        'not_found',
      ]);
    },
  );
});

describe('the list', () => {
  test('goes through 1,000 videos page by page, newest first, each once', async () => {
    const reader = await registerPerson(system.url);
    await system.query(
      'video',
      `WITH made AS (
         INSERT INTO videos (id, person_id, filename, content_type, size, sha256, object_key, created_at)
         SELECT gen_random_uuid(), $1, 'v' || n, 'video/mp4', 1, repeat('a', 64), 'sources/none',
                timestamptz '2026-01-01' + (n / 3) * interval '1 second'
         FROM generate_series(1, 1000) n RETURNING id, person_id, filename
       )
       INSERT INTO extractions (id, video_id, person_id, recipe, status, run_at, created_at)
       SELECT gen_random_uuid(), id, person_id, '{"format":"jpg","select":{"mode":"all"}}', CASE WHEN filename LIKE '%7' THEN 'failed' ELSE 'canceled' END,
              now(), now() FROM made`,
      [reader.id],
    );
    const all = await readAll(reader, '/video?limit=100');
    expect(new Set(all.map(({ id }) => id)).size).toBe(1000);
    const times = all.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
    expect(await readAll(reader, '/video?limit=77&status=failed')).toHaveLength(100);
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'status=done', 'cursor=nonsense', 'colour=blue'])(
    'refuses ?%s',
    async (query) => {
      expect(await problemOf(await person.fetch(`/video?${query}`))).toEqual([422, 'validation_failed']);
    },
  );
});

async function readAll(reader: ApiPerson, path: string): Promise<VideoJson[]> {
  const items: VideoJson[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const response = await reader.fetch(cursor === '' ? path : `${path}&cursor=${cursor}`);
    const page = (await response.json()) as { items: VideoJson[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
