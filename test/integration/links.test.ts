import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startS3, type S3 } from '../support/s3.ts';
import { startSystem, type System } from '../support/system.ts';

interface LinkJson {
  id: string;
  url: string;
  extraction: string;
  expiresAt: string;
}

let system: System;
let person: ApiPerson;
let video: VideoJson;
let whole: Buffer;
beforeAll(async () => {
  system = await startSystem({ env: { LOG_LEVEL: 'trace' } });
  person = await registerPerson(system.url);
  ({ video, whole } = await completedVideo(person));
});
afterAll(() => system.remove());

async function completedVideo(owner: ApiPerson) {
  const { id } = await owner.upload(footage('birds.mp4'), { filename: 'férias.mp4' });
  const video = await owner.waitFor(id, 'completed');
  const whole = Buffer.from(await (await owner.fetch(`/video/${id}/download`)).arrayBuffer());
  return { video, whole };
}

const post = (body: object = {}, id = video.id, owner = person) =>
  owner.fetch(`/video/${id}/links`, json(body));
async function newLink(body: object = {}, id = video.id): Promise<LinkJson> {
  const response = await post(body, id);
  expect(response.status).toBe(201);
  return (await response.json()) as LinkJson;
}
const revoke = (linkId: string) => person.fetch(`/video/${video.id}/links/${linkId}`, { method: 'DELETE' });

describe('a link', () => {
  test('gives the archive without a token, and lives for an hour', async () => {
    const link = await newLink();
    expect(link.url).toMatch(new RegExp(`^${system.url}/links/[\\w-]{43}$`));
    expect(link.extraction).toBe(video.extractions[0]?.id);
    const left = Date.parse(link.expiresAt) - Date.now();
    expect(Math.abs(left - 3_600_000)).toBeLessThan(60_000);
    const response = await fetch(link.url);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(whole)).toBe(true);
    expect(response.headers.get('content-disposition')).toContain("filename*=UTF-8''f%C3%A9rias.zip");
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
  });

  test('answers HEAD, Range and conditions as a download does', async () => {
    const { url } = await newLink();
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.length)]);
    const etag = head.headers.get('etag') ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=-10', 'if-range': etag } });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, whole.subarray(-10)]);
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const past = await fetch(url, { headers: { range: `bytes=${whole.length}-` } });
    expect(await problemOf(past)).toEqual([416, 'range_not_satisfiable']);
  });

  test('lives as long as is asked for', async () => {
    const { expiresAt } = await newLink({ expiresSeconds: 60, extraction: video.extractions[0]?.id });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
  });

  test('is listed without its secret until it is revoked, and then is like one that never was', async () => {
    const link = await newLink();
    const list = async () => (await person.fetch(`/video/${video.id}/links`)).text();
    const listed = await list();
    expect(JSON.parse(listed)).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id: link.id, url: null })]) as unknown,
    });
    expect(listed).not.toContain(link.url.split('/').at(-1));
    expect((await revoke(link.id)).status).toBe(204);
    expect(await list()).not.toContain(link.id);
    const bodies = [link.url, `${system.url}/links/${'A'.repeat(43)}`, `${system.url}/links/short`].map(
      async (url) => (await fetch(url)).text(),
    );
    const [revoked, ...unknown] = await Promise.all(bodies);
    // But for the id of the request.
    const told = (body = '') => body.replace(/"requestId":"[^"]+"/, '');
    expect(unknown.map(told)).toEqual([told(revoked), told(revoked)]);
    expect(await problemOf(await fetch(link.url))).toEqual([404, 'not_found']);
    expect(await problemOf(await revoke(link.id))).toEqual([404, 'not_found']);
  });

  test('that has expired says so', async () => {
    const { url, id } = await newLink();
    await system.query('video', "UPDATE links SET expires_at = now() - interval '1 second' WHERE id = $1", [
      id,
    ]);
    expect(await problemOf(await fetch(url))).toEqual([410, 'expired']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(410);
  });

  test('that gives nothing tells a person so in words, and in theirs', async () => {
    const { url, id } = await newLink();
    const open = async (path: string, language: string) => {
      const headers = { accept: 'text/html,*/*;q=0.8', 'accept-language': language };
      const response = await fetch(path, { headers });
      const [, title] = /<h1>(.*)<\/h1>/.exec(await response.text()) ?? [];
      return [response.status, response.headers.get('content-type'), title];
    };
    const html = 'text/html; charset=utf-8';
    expect((await open(url, 'en'))[1]).toBe('application/zip');
    await revoke(id);
    expect(await open(url, 'de, pt-BR;q=0.9, en;q=0.8')).toEqual([404, html, 'Este link não funciona']);
    expect(await open(`${system.url}/exports/x`, 'de')).toEqual([404, html, 'This link does not work']);
    expect((await open(`${system.url}/video/${id}`, 'en'))[1]).toBe('application/problem+json');
  });

  test('of a deleted video is gone', async () => {
    const other = await completedVideo(person);
    const { url } = await newLink({}, other.video.id);
    await person.fetch(`/video/${other.video.id}`, { method: 'DELETE' });
    expect(await problemOf(await fetch(url))).toEqual([404, 'not_found']);
  });

  test('never stands in a log, even in the most talkative one, nor in the database', async () => {
    const { url } = await newLink();
    const secret = url.split('/').at(-1) ?? '';
    await (await fetch(`${url}?x=1`)).arrayBuffer();
    await fetch(`${system.url}//links/${secret}`);
    await fetch(`${system.url}/LINKS/${secret}`);
    await fetch(url, { method: 'POST' });
    await eventually(() => system.output().includes('POST /links/***'), 'the requests to be logged');
    expect(system.output()).not.toContain(secret);
    const rows = await system.query('video', 'SELECT * FROM links');
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('no link', () => {
  test.each([
    [{ expiresSeconds: 59 }, 'expiresSeconds'],
    [{ expiresSeconds: 604_801 }, 'expiresSeconds'],
    [{ expiresSeconds: '3600' }, 'expiresSeconds'],
    [{ extraction: '../x' }, 'extraction'],
    [{ secretSha256: 'a'.repeat(64) }, ''],
  ])('for %j', async (body, path) => {
    const response = await post(body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'validation_failed', errors: [{ path }] });
  });

  test('to what is not there, not ready, or another person’s', async () => {
    expect(await problemOf(await post({}, randomUUID()))).toEqual([404, 'not_found']);
    expect(await problemOf(await post({ extraction: randomUUID() }))).toEqual([404, 'not_found']);
    const { id } = await person.upload(Buffer.from('no video'));
    await person.waitFor(id, 'failed');
    expect(await problemOf(await post({}, id))).toEqual([409, 'not_ready']);
    const other = await registerPerson(system.url);
    const link = await newLink();
    expect(await problemOf(await post({}, video.id, other))).toEqual([404, 'not_found']);
    const path = `/video/${video.id}/links`;
    expect(await problemOf(await other.fetch(path))).toEqual([404, 'not_found']);
    expect(await problemOf(await other.fetch(`${path}/${link.id}`, { method: 'DELETE' }))).toEqual([
      404,
      'not_found',
    ]);
    expect((await fetch(link.url, { method: 'HEAD' })).status).toBe(200);
  });

  test('without a token', async () => {
    const response = await fetch(`${system.url}/video/${video.id}/links`, json({}));
    expect(await problemOf(response)).toEqual([401, 'unauthorized']);
  });
});

describe('where clients reach the store', () => {
  let s3: S3;
  let direct: System;
  beforeAll(async () => {
    s3 = await startS3();
    direct = await startSystem({ env: { ...s3.env, STORAGE_URL: `${s3.url}&redirect=true` } });
  });
  afterAll(async () => {
    await direct.remove();
    await s3.remove();
  });

  test('a link sends them there', async () => {
    const owner = await registerPerson(direct.url);
    const { id } = await owner.upload(footage('birds.mp4'));
    await owner.waitFor(id, 'completed');
    const { url } = (await (await post({}, id, owner)).json()) as LinkJson;
    const { status, headers } = await fetch(url, { redirect: 'manual' });
    expect([status, headers.get('cache-control')]).toEqual([302, 'no-store']);
    expect(headers.get('location')).toMatch(new RegExp(`^${s3.endpoint}/`));
    expect((await fetch(headers.get('location') ?? '')).status).toBe(200);
  });
});
