import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let person: ApiPerson;
let stranger: ApiPerson;
let content: { sha256: string; size: number };
const recipe = { select: { mode: 'count', count: 2 }, maxWidth: 160 };
beforeAll(async () => {
  system = await startSystem();
  person = await registerPerson(system.url);
  stranger = await registerPerson(system.url);
  const bytes = await readFile(footage('birds.mp4'));
  content = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
});
afterAll(() => system.remove());

const check = async (who: ApiPerson, about: object = content) =>
  (await who.fetch('/video/check', json(about))).json();
const reuse = (who: ApiPerson, more: object = {}, headers: Record<string, string> = {}) =>
  who.fetch('/video/reuse', json({ ...content, recipe, ...more }, { headers }));
const sources = () => readdir(join(system.dataDir, 'objects', 'sources')).catch(() => []);

test('a video is made of bytes that are there already, and outlives the one that brought them', async () => {
  expect(await check(person)).toEqual({ exists: false, video: null });
  expect(await problemOf(await reuse(person))).toEqual([404, 'not_found']);
  const first = await person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
  const { id, filename, createdAt } = first;
  expect(await check(person)).toEqual({ exists: true, video: { id, filename, createdAt } });
  expect(await check(person, { ...content, sha256: content.sha256.toUpperCase() })).toMatchObject({
    exists: true,
  });

  const response = await reuse(person, { filename: '../again.mp4' });
  expect(response.status).toBe(201);
  const second = (await response.json()) as VideoJson;
  expect(response.headers.get('location')).toBe(`/video/${second.id}`);
  expect(second).toMatchObject({ filename: 'again.mp4', ...content, recipe, contentType: first.contentType });
  expect(second.id).not.toBe(first.id);
  expect(await sources()).toEqual([first.id]);

  expect((await person.fetch(`/video/${first.id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await person.waitFor(second.id, 'completed', 'failed')).toMatchObject({
    status: 'completed',
    frameCount: 2,
  });
  const again = await person.fetch(
    `/video/${second.id}/extractions`,
    json({ recipe: { ...recipe, format: 'png' } }),
  );
  expect(again.status).toBe(201);
  expect(await person.waitFor(second.id, 'completed', 'failed')).toMatchObject({ status: 'completed' });

  expect(await check(stranger)).toEqual({ exists: false, video: null });
  expect(await problemOf(await reuse(stranger))).toEqual([404, 'not_found']);
  expect((await person.fetch(`/video/${second.id}`, { method: 'DELETE' })).status).toBe(204);
  await eventually(async () => (await sources()).length === 0, 'the source to go with the last video');
  expect(await check(person)).toEqual({ exists: false, video: null });
});

test('an Idempotency-Key makes one video of several requests', async () => {
  await person.upload(footage('birds.mp4'));
  const key = { 'idempotency-key': 'twice' };
  const answers = await Promise.all([reuse(person, {}, key), reuse(person, {}, key), reuse(person, {}, key)]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as VideoJson).id));
  expect(new Set(ids).size).toBe(1);
  const other = await reuse(person, { recipe: {} }, key);
  expect(await problemOf(other)).toEqual([422, 'idempotency_mismatch']);
  expect((await reuse(person)).status).toBe(201);
});

describe('bad input', () => {
  const bad: [object, string][] = [
    [{ sha256: 'abc' }, 'validation_failed'],
    [{ sha256: null }, 'validation_failed'],
    [{ size: -1 }, 'validation_failed'],
    [{ size: 1.5 }, 'validation_failed'],
    [{ size: 1e300 }, 'validation_failed'],
    [{ size: '10' }, 'validation_failed'],
    [{ personId: 'x' }, 'validation_failed'],
  ];
  test.each(bad)('%j: %s', async (fields, code) => {
    expect(await problemOf(await reuse(person, fields))).toEqual([422, code]);
    const checked = await person.fetch('/video/check', json({ ...content, ...fields }));
    expect(await problemOf(checked)).toEqual([422, code]);
  });

  test('a recipe that is none', async () => {
    expect(await problemOf(await reuse(person, { recipe: { format: 'gif' } }))).toEqual([
      422,
      'invalid_recipe',
    ]);
    const headers = { 'idempotency-key': 'with space' };
    expect(await problemOf(await reuse(person, {}, headers))).toEqual([422, 'validation_failed']);
  });

  test('without a token', async () => {
    const answer = await fetch(`${system.url}/video/check`, json(content));
    expect(await problemOf(answer)).toEqual([401, 'unauthorized']);
  });
});
