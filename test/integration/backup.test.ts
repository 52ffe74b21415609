import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import { emptyDatabaseUrl } from '../support/database.ts';
import { footage } from '../support/footage.ts';
import { json, PASSWORD, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { addBytes, beginUpload, digestOf, offsetOf, uniqueClip } from '../support/resumable.ts';
import { startS3, type S3 } from '../support/s3.ts';
import { startSystem, type System } from '../support/system.ts';

const root = new URL('../../', import.meta.url);
const run = promisify(execFile);

/** Run one of the commands as an operator does; resolves to what it prints, and to whether it went well. */
const script = (name: 'backup' | 'restore', env: Record<string, string>, ...args: string[]) =>
  run(process.execPath, [`scripts/${name}.ts`, ...args], { cwd: root, env: { ...process.env, ...env } }).then(
    ({ stdout }) => ({ ok: true, said: stdout }),
    (error: unknown) => ({ ok: false, said: (error as { stderr: string }).stderr }),
  );

const archiveDigest = async (person: ApiPerson, id: string) => {
  const response = await person.fetch(`/video/${id}/download`);
  expect(response.status).toBe(200);
  return digestOf(new Uint8Array(await response.arrayBuffer()));
};

async function logInAgain(url: string, person: ApiPerson): Promise<ApiPerson> {
  const response = await fetch(`${url}/login`, json({ email: person.email, password: PASSWORD }));
  expect(response.status).toBe(200);
  Object.assign(person.tokens, (await response.json()) as Tokens);
  return person;
}

/** Somewhere that an installation can be, and be again after it was lost. */
interface Place {
  env: Record<string, string>;
  /** Whether an unfinished upload goes on. */
  resumes: boolean;
  /** Everything is lost; resolves to the environment of the new, empty place. */
  lose(): Promise<Record<string, string>>;
}

describe.each(['in a folder', 'on servers'])('a backup of an installation %s', (kind) => {
  let folder: string;
  let stores: S3[];
  let system: System;
  let place: Place;

  const servers = async (): Promise<Record<string, string>> => {
    const s3 = await startS3();
    stores.push(s3);
    const [auth, video, notify] = [
      await emptyDatabaseUrl(),
      await emptyDatabaseUrl(),
      await emptyDatabaseUrl(),
    ];
    const urls = { AUTH_DATABASE_URL: auth, VIDEO_DATABASE_URL: video, NOTIFY_DATABASE_URL: notify };
    return { ...s3.env, STORAGE_URL: s3.url, ...urls };
  };

  beforeAll(async () => {
    stores = [];
    folder = await mkdtemp(join(tmpdir(), 'backup-'));
    place =
      kind === 'in a folder'
        ? { env: {}, resumes: true, lose: () => Promise.resolve({}) }
        : { env: await servers(), resumes: false, lose: servers };
    // One at a time, so that somebody waits.
    system = await startSystem({ env: { ...place.env, PROCESSOR_CONCURRENCY: '1' } });
  });
  afterAll(async () => {
    await system.remove();
    for (const s3 of stores) await s3.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test('brings everything back: people, archives, work in hand and uploads', async () => {
    const people = [await registerPerson(system.url), await registerPerson(system.url)];
    const [ann, ben] = people as [ApiPerson, ApiPerson];
    const done: { person: ApiPerson; video: VideoJson; sha256: string }[] = [];
    for (const person of people) {
      const { id } = await person.upload(footage('birds.mp4'));
      const video = await person.waitFor(id, 'completed');
      done.push({ person, video, sha256: await archiveDigest(person, id) });
    }
    const deleted = await ben.upload(footage('hello-mpeg2.mpeg'));
    await ben.waitFor(deleted.id, 'completed');
    const clip = await uniqueClip(3_000_000);
    const path = await beginUpload(ann, clip.length);
    await addBytes(ann, path, 0, clip.subarray(0, 1_000_000));
    const all = { recipe: JSON.stringify({ select: { mode: 'all' }, format: 'png' }) };
    const running = await ann.upload(footage('cockatoo.mp4'), all);
    const waiting = await ben.upload(footage('city-mpeg1.mpg'), all);

    const env = { DATA_DIR: system.dataDir, ...place.env };
    const backup = join(folder, 'backup');
    expect(await script('backup', env, backup)).toMatchObject({ ok: true });
    expect((await ben.fetch(`/video/${deleted.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await script('backup', env, '--verify', backup)).toMatchObject({ ok: true });
    expect((await script('backup', env, backup)).said).toMatch(/^backup_exists: /);
    const occupied = await script('restore', env, backup);
    expect(occupied.said).toMatch(kind === 'in a folder' ? /Another process is using/ : /^not_empty: /);
    await system.stop();
    expect((await script('restore', env, backup)).said).toMatch(/^not_empty: /);
    await rm(system.dataDir, { recursive: true });

    const empty = await place.lose();
    const restored = await script('restore', { DATA_DIR: system.dataDir, ...empty }, backup);
    expect(restored).toMatchObject({ ok: true });
    const port = Number(new URL(system.url).port);
    system = await startSystem({ dataDir: system.dataDir, port, env: empty });

    for (const { person, video, sha256 } of done) {
      await logInAgain(system.url, person);
      expect(await archiveDigest(person, video.id)).toBe(sha256);
      expect(await (await person.fetch(`/video/${video.id}`)).json()).toMatchObject({
        archive: video.archive,
      });
    }
    await archiveDigest(ben, deleted.id);
    await ann.waitFor(running.id, 'completed');
    await ben.waitFor(waiting.id, 'completed');
    if (place.resumes) {
      const offset = await offsetOf(ann, path);
      expect(offset).toBe(1_000_000);
      const response = await addBytes(ann, path, offset, clip.subarray(offset));
      const id = response.headers.get('video-id') ?? '';
      expect(await ann.waitFor(id, 'completed')).toMatchObject({ sha256: digestOf(clip) });
    } else {
      await expect(offsetOf(ann, path)).rejects.toThrow('404');
    }
  });

  test('that is damaged or not whole is refused', async () => {
    const env = { DATA_DIR: join(folder, 'none') };
    const backup = join(folder, 'backup');
    await appendFile(join(backup, 'databases', 'auth', 'people.copy.gz'), 'x');
    for (const [name, args] of [['backup', ['--verify', backup]] as const, ['restore', [backup]] as const]) {
      const outcome = await script(name, env, ...args);
      expect(outcome).toMatchObject({ ok: false });
      expect(outcome.said).toMatch(/^backup_damaged: databases\/auth\/people/);
    }
    await rm(join(backup, 'manifest.json'));
    expect((await script('backup', env, '--verify', backup)).said).toMatch(/^backup_incomplete: /);
  });
});
