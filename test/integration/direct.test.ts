import { createHash, randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { openStore } from '../../lib/storage/index.ts';
import { eventually } from '../support/eventually.ts';
import { paddedClip } from '../support/padded-clip.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startS3, type S3 } from '../support/s3.ts';
import { startSystem, type System } from '../support/system.ts';

const MiB = 1024 ** 2;
const SIZE = 20 * MiB;
const LIMIT = 100 * MiB;

interface Plan {
  id: string;
  expiresAt: string;
  partSize: number;
  parts: { number: number; url: string; size: number; etag?: string | null }[];
}
interface Part {
  number: number;
  etag: string;
}

let s3: S3;
let system: System;
let person: ApiPerson;
let clip: Buffer<ArrayBuffer>;
const sha256 = () => createHash('sha256').update(clip).digest('hex');
beforeAll(async () => {
  s3 = await startS3();
  Object.assign(process.env, s3.env);
  system = await startSystem({
    env: {
      ...s3.env,
      STORAGE_URL: `${s3.url}&redirect=true`,
      MAX_UPLOAD_BYTES: String(LIMIT),
      SWEEP_SECONDS: '1',
    },
  });
  person = await registerPerson(system.url);
  clip = await paddedClip(SIZE);
});
afterAll(async () => {
  await system.remove();
  await s3.remove();
});

const post = (body: object, owner = person) => owner.fetch('/video/direct', json(body));
async function begin(extra: object = {}): Promise<Plan> {
  const response = await post({ filename: 'pássaros.mp4', size: SIZE, ...extra });
  expect(response.status).toBe(201);
  return (await response.json()) as Plan;
}

/** Send parts as any HTTP client does. */
async function send({ parts, partSize }: Plan, bytes = clip): Promise<Part[]> {
  const sent: Part[] = [];
  for (const { number, url, size } of parts) {
    const start = (number - 1) * partSize;
    const response = await fetch(url, { method: 'PUT', body: bytes.subarray(start, start + size) });
    expect(response.status).toBe(200);
    sent.push({ number, etag: response.headers.get('etag') ?? '' });
  }
  return sent;
}
const complete = ({ id }: { id: string }, parts: Part[], owner = person) =>
  owner.fetch(`/video/direct/${id}/complete`, json({ parts }));
const detailOf = async (response: Response) => {
  const body = (await response.json()) as { code: string; detail: string };
  return [response.status, body.code, body.detail];
};

const store = () => openStore(s3.url);
async function unfinished(): Promise<string[]> {
  const client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}
const gone = (id: string) =>
  eventually(
    async () => !(await unfinished()).includes(`uploads/${id}`) && !(await store().head(`uploads/${id}`)),
    'the upload to be removed from the store',
  );

describe('an upload straight to the store', () => {
  test('becomes a video with the bytes, the name and the recipe that were meant', async () => {
    const recipe = { select: { mode: 'count', count: 2 }, format: 'png' };
    const plan = await begin({ sha256: sha256(), contentType: 'video/mp4', recipe });
    expect(plan.partSize).toBe(16 * MiB);
    expect(plan.parts.map(({ number, size }) => [number, size])).toEqual([
      [1, 16 * MiB],
      [2, 4 * MiB],
    ]);
    expect(Date.parse(plan.expiresAt)).toBeGreaterThan(Date.now() + 23 * 3600_000);
    const response = await complete(plan, await send(plan));
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/video/${plan.id}`);
    expect(await response.json()).toMatchObject({
      id: plan.id,
      filename: 'pássaros.mp4',
      size: SIZE,
      sha256: sha256(),
      contentType: 'video/mp4',
      recipe,
    });
    expect(await person.waitFor(plan.id, 'completed')).toMatchObject({ frameCount: 2 });
  });

  test('is one video, however often its end is told, at once and later', async () => {
    const plan = await begin();
    const parts = await send(plan);
    const responses = await Promise.all([1, 2, 3].map(() => complete(plan, parts)));
    const statuses = responses.map(({ status }) => status);
    expect(statuses).toContain(201);
    expect(statuses.every((status) => status === 201 || status === 423)).toBe(true);
    const again = await complete(plan, parts);
    expect([again.status, ((await again.json()) as VideoJson).id]).toEqual([201, plan.id]);
    expect(await system.query('video', 'SELECT 1 FROM videos WHERE id = $1', [plan.id])).toHaveLength(1);
    expect(await problemOf(await person.fetch(`/video/direct/${plan.id}`))).toEqual([409, 'invalid_state']);
  });

  test('that the store has put together already goes on from there', async () => {
    const plan = await begin();
    const parts = await send(plan);
    const [row] = await system.query<{ store_upload_id: string }>(
      'video',
      'SELECT store_upload_id FROM uploads WHERE id = $1',
      [plan.id],
    );
    // What a gateway has done that died before it could tell.
    const direct = openStore(`${s3.url}&redirect=true`).direct();
    await direct?.complete(`uploads/${plan.id}`, row?.store_upload_id ?? '', parts);
    expect((await complete(plan, parts)).status).toBe(201);
  });

  test('goes on after a reload, with new URLs for what is missing', async () => {
    const plan = await begin();
    const [first] = await send({ ...plan, parts: plan.parts.slice(0, 1) });
    const resumed = (await (await person.fetch(`/video/direct/${plan.id}`)).json()) as Plan;
    const bare = first?.etag.replaceAll('"', '');
    expect(resumed.parts.map(({ etag }) => etag)).toEqual([bare, null]);
    const [second] = await send({ ...resumed, parts: resumed.parts.slice(1) });
    if (!first || !second) throw new Error('Two parts were sent');
    expect((await complete(plan, [second, first])).status).toBe(201);
  });
});

describe('its end is refused', () => {
  test('while parts are missing or others are named, and works afterwards', async () => {
    const plan = await begin();
    const [first] = await send({ ...plan, parts: plan.parts.slice(0, 1) });
    if (!first) throw new Error('A part was sent');
    const early = await complete(plan, [first]);
    expect(await detailOf(early)).toEqual([422, 'validation_failed', 'Part 2 has not arrived']);
    const parts = await send(plan);
    const wrong = parts.map((part) => ({ ...part, etag: '"0"' }));
    expect(await detailOf(await complete(plan, wrong))).toEqual([
      422,
      'validation_failed',
      'Part 1 has another ETag',
    ]);
    expect((await complete(plan, parts)).status).toBe(201);
  });

  test('when the bytes are others than were named; they go', async () => {
    const plan = await begin({ sha256: 'a'.repeat(64) });
    const response = await complete(plan, await send(plan));
    expect(await problemOf(response)).toEqual([460, 'checksum_mismatch']);
    await gone(plan.id);
    expect(await problemOf(await complete(plan, []))).toEqual([404, 'not_found']);
  });

  test('when the bytes are no video; they go', async () => {
    const pdf = Buffer.alloc(SIZE);
    pdf.write('%PDF-1.7\n');
    const plan = await begin();
    expect(await problemOf(await complete(plan, await send(plan, pdf)))).toEqual([415, 'unsupported_media']);
    await gone(plan.id);
  });
});

describe('an upload that is given up', () => {
  test('leaves nothing in the store, and its URLs work no more', async () => {
    const plan = await begin();
    await send({ ...plan, parts: plan.parts.slice(0, 1) });
    const response = await person.fetch(`/video/direct/${plan.id}`, { method: 'DELETE' });
    expect(response.status).toBe(204);
    await gone(plan.id);
    const late = await fetch(plan.parts[1]?.url ?? '', { method: 'PUT', body: clip.subarray(16 * MiB) });
    expect(late.status).toBe(404);
    expect(await problemOf(await complete(plan, []))).toEqual([404, 'not_found']);
  });

  test('because it expired is removed, too', async () => {
    const plan = await begin();
    await send(plan);
    const past = "now() - interval '1 second'";
    await system.query('video', `UPDATE uploads SET expires_at = ${past} WHERE id = $1`, [plan.id]);
    expect(await problemOf(await complete(plan, []))).toEqual([410, 'expired']);
    await system.query('video', `UPDATE doomed_objects SET due_at = ${past} WHERE key = $1`, [
      `uploads/${plan.id}`,
    ]);
    await gone(plan.id);
  });
});

describe('no upload begins', () => {
  test.each([
    [{ size: 0 }, 422, 'validation_failed'],
    [{ size: -1 }, 422, 'validation_failed'],
    [{ size: 1.5 }, 422, 'validation_failed'],
    [{ size: 1e300 }, 422, 'validation_failed'],
    [{ size: '5' }, 422, 'validation_failed'],
    [{ filename: '' }, 422, 'validation_failed'],
    [{ sha256: 'xyz' }, 422, 'validation_failed'],
    [{ contentType: 'image/png' }, 422, 'validation_failed'],
    [{ key: 'sources/other' }, 422, 'validation_failed'],
    [{ recipe: { format: 'gif' } }, 422, 'invalid_recipe'],
    [{ size: LIMIT + 1 }, 413, 'too_large'],
  ])('with %j', async (extra, status, code) => {
    const was = await unfinished();
    expect(await problemOf(await post({ filename: 'a.mp4', size: SIZE, ...extra }))).toEqual([status, code]);
    expect(await unfinished()).toEqual(was);
  });

  test('for another person, nor with an id that is none', async () => {
    const plan = await begin();
    const other = await registerPerson(system.url);
    for (const [owner, id] of [
      [other, plan.id],
      [person, randomUUID()],
      [person, '..%2F..%2Fsources'],
    ] as const) {
      expect(await problemOf(await complete({ id }, [], owner))).toEqual([404, 'not_found']);
      for (const method of ['GET', 'DELETE']) {
        const response = await owner.fetch(`/video/direct/${id}`, { method });
        expect(await problemOf(response)).toEqual([404, 'not_found']);
      }
    }
  });

  test('where clients do not reach the store', async () => {
    const closed = await startSystem({ env: { ...s3.env, STORAGE_URL: s3.url } });
    try {
      const owner = await registerPerson(closed.url);
      const refusals = [
        await post({ filename: 'a.mp4', size: 5 }, owner),
        await complete({ id: randomUUID() }, [], owner),
        await owner.fetch(`/video/direct/${randomUUID()}`, { method: 'DELETE' }),
      ];
      for (const refusal of refusals) expect(await problemOf(refusal)).toEqual([501, 'not_supported']);
      expect(await closed.query('video', 'SELECT 1 FROM uploads')).toEqual([]);
    } finally {
      await closed.remove();
    }
  });
});
