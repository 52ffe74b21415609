import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { simpleParser, type ParsedMail } from 'mailparser';
import type { VideoJson } from '../../lib/contracts.ts';
import { openArchive } from '../support/archive.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { commandLinesWith, isAlive } from '../support/processes.ts';
import { startSystem, type System } from '../support/system.ts';

/** Short leases and sweeps, so that what a crash leaves is taken up within seconds. */
const env = { LEASE_SECONDS: '3', SWEEP_SECONDS: '1' };
const COCKATOO = footage('cockatoo.mp4');
/** Encoding PNGs takes long enough to be interrupted. */
const slowly = { recipe: JSON.stringify({ format: 'png', select: { mode: 'interval', seconds: 0.2 } }) };

let system: System;
afterEach(() => system.remove());

const mails = async () => {
  const folder = join(system.dataDir, 'mail');
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.eml'))
      .map(async (name) => simpleParser(await readFile(join(folder, name)))),
  );
};

/**
 * What must be true after every crash: each accepted video is completed by exactly one extraction, its archive opens
 * and holds the right frames, no other archive stays, and exactly one mail tells of it.
 */
async function expectLedger(person: ApiPerson, ids: string[], frames: number): Promise<void> {
  const videos = await Promise.all(ids.map((id) => person.waitFor(id, 'completed', 'failed')));
  for (const video of videos) await expectWhole(person, video, frames);
  const found = await eventually(async () => {
    const sent = await mails();
    return ids.every((id) => sent.some(tellsOf(id))) && sent;
  }, 'the mails');
  const told = ids.map((id) => found.filter(tellsOf(id)).length);
  const ledger = {
    accepted: ids.length,
    completed: videos.filter(({ status }) => status === 'completed').length,
    told,
  };
  expect(ledger).toEqual({ accepted: ids.length, completed: ids.length, told: ids.map(() => 1) });
  await eventually(async () => {
    const unsent = await system.query('notify', "SELECT id FROM notifications WHERE status <> 'sent'");
    return unsent.length === 0;
  }, 'every notification to be sent');
}

const tellsOf =
  (id: string) =>
  ({ text }: ParsedMail) =>
    text?.includes(id) ?? false;

async function expectWhole(person: ApiPerson, video: VideoJson, frames: number): Promise<void> {
  expect(video).toMatchObject({ status: 'completed', frameCount: frames });
  expect(video.extractions).toHaveLength(1);
  const response = await person.fetch(`/video/${video.id}/download`);
  const { names, manifest } = await openArchive(Buffer.from(await response.arrayBuffer()));
  expect(names).toHaveLength(frames + 1);
  expect(manifest.video.sha256).toBe(video.sha256);
}

describe('kill -9', () => {
  test('during an upload: what was not accepted is not there, and the next upload works', async () => {
    system = await startSystem({ env });
    const person = await registerPerson(system.url);
    const headers = { authorization: `Bearer ${person.tokens.accessToken}`, 'content-type': 'video/mp4' };
    const req = request(`${system.url}/video`, { method: 'POST', headers });
    const failed = new Promise((resolve) => req.on('error', resolve));
    req.write(Buffer.alloc(100_000));
    const incoming = join(system.dataDir, 'objects', '.incoming');
    await eventually(async () => (await readdir(incoming)).length > 0, 'the upload to arrive');
    await system.kill();
    await failed;

    system = await system.restart();
    const list = (await (await person.fetch('/video')).json()) as { items: unknown[] };
    expect(list.items).toEqual([]);
    expect(await readdir(join(system.dataDir, 'objects', 'sources')).catch(() => [])).toEqual([]);
    const { id } = await person.upload(COCKATOO);
    await expectLedger(person, [id], 14);
  });

  test('while ffmpeg runs: it ends, and the video is completed once', async () => {
    // Long enough that only the crash costs a lease, also on a crowded machine.
    system = await startSystem({ env: { ...env, LEASE_SECONDS: '15' } });
    const person = await registerPerson(system.url);
    const ids = [(await person.upload(COCKATOO, slowly)).id, (await person.upload(COCKATOO, slowly)).id];
    await eventually(async () => {
      const { progress } = await person.waitFor(ids[0] ?? '', 'processing', 'completed');
      return progress > 0;
    }, 'progress');
    const source = join(system.dataDir, 'objects', 'sources');
    expect(await commandLinesWith(source)).not.toEqual([]);
    await system.kill();
    await eventually(async () => (await commandLinesWith(source)).length === 0, 'ffmpeg to end');

    system = await system.restart();
    await expectLedger(person, ids, 70);
    const { attempts } = await person.waitFor(ids[0] ?? '', 'completed');
    expect(attempts).toBe(2);
    await eventually(async () => {
      const archives = await readdir(join(system.dataDir, 'objects', 'archives'), { recursive: true });
      return archives.filter((name) => name.endsWith('.zip')).length === ids.length;
    }, 'only the archives of the completed attempts to stay');
  });

  test('between completion and mail: the mail is sent, once', async () => {
    system = await startSystem({ env: { ...env, MAIL_URL: 'smtp://127.0.0.1:1' } });
    const person = await registerPerson(system.url);
    const { id } = await person.upload(COCKATOO);
    await person.waitFor(id, 'completed');
    await system.kill();
    expect(await mails()).toEqual([]);

    system = await startSystem({ env, dataDir: system.dataDir, port: Number(new URL(system.url).port) });
    await expectLedger(person, [id], 14);
  });

  test('again and again, at any moment: every accepted video ends completed, with one archive and one mail', async () => {
    system = await startSystem({ env: { ...env, MAX_ATTEMPTS: '50' } });
    const person = await registerPerson(system.url);
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      ids.push((await person.upload(COCKATOO)).id, (await person.upload(COCKATOO)).id);
      // Moments spread over the whole life of an extraction, from before its claim to after its mail.
      await new Promise((resolve) => setTimeout(resolve, round * 900));
      await system.kill();
      system = await system.restart();
    }
    await expectLedger(person, ids, 14);
  }, 600_000);
});

test('SIGTERM with work in hand: ffmpeg and the database end, the work is handed back and goes on later', async () => {
  system = await startSystem({ env: { ...env, LEASE_SECONDS: '600' }, fresh: true });
  const person = await registerPerson(system.url);
  const { id } = await person.upload(COCKATOO, slowly);
  await person.waitFor(id, 'processing');
  const source = join(system.dataDir, 'objects', 'sources');
  await eventually(async () => (await commandLinesWith(source)).length > 0, 'ffmpeg to run');
  const postmaster = await readFile(join(system.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  expect(await system.stop()).toBe(0);
  expect(await commandLinesWith(source)).toEqual([]);
  await eventually(async () => !(await isAlive(Number.parseInt(postmaster, 10))), 'the database to end');
  await expect(fetch(system.url)).rejects.toThrow('fetch failed');

  system = await system.restart();
  await expectLedger(person, [id], 70);
  const [row] = await system.query<{ failed_attempts: number }>(
    'video',
    'SELECT failed_attempts FROM extractions',
  );
  expect(row?.failed_attempts).toBe(0);
});
