import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { simpleParser, type ParsedMail } from 'mailparser';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

const run = promisify(execFile);

let system: System;
let folder: string;
let english: ApiPerson;
let brazilian: ApiPerson;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'video-system-inputs-'));
  system = await startSystem({
    env: { MAX_DURATION_SECONDS: '20', MAX_FRAMES: '500', MAX_PIXELS: String(1300 * 800) },
  });
  english = await registerPerson(system.url, { name: 'Ann' });
  brazilian = await registerPerson(system.url, { locale: 'pt-BR', name: 'João' });
});
afterAll(async () => {
  await system.remove();
  await rm(folder, { recursive: true });
});

/** The mails to a person about a video. */
async function mailAbout(person: ApiPerson, id: string): Promise<ParsedMail[]> {
  const mails = join(system.dataDir, 'mail');
  const names = (await readdir(mails)).filter((name) => name.endsWith('.eml'));
  const all = await Promise.all(names.map(async (name) => simpleParser(await readFile(join(mails, name)))));
  return all.filter(
    ({ to, text }) => !Array.isArray(to) && to?.text.includes(person.email) && text?.includes(id),
  );
}

const oneMail = (person: ApiPerson, id: string) =>
  eventually(async () => (await mailAbout(person, id))[0], `the mail about ${id}`);

const ffmpeg = (...args: string[]) => run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);

/** Files that are no usable video, each made for real, with the failure a person must read. */
const inputs: Record<string, { code: string; sentence: RegExp; make: (file: string) => Promise<unknown> }> = {
  empty: { code: 'empty_file', sentence: /empty/, make: (file) => writeFile(file, '') },
  'text that calls itself a video': {
    code: 'not_a_video',
    sentence: /not a video/,
    make: (file) => writeFile(file, 'Lorem ipsum dolor sit amet. '.repeat(500)),
  },
  noise: {
    code: 'not_a_video',
    sentence: /not a video/,
    make: (file) => writeFile(file, Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251))),
  },
  'truncated before its index': {
    code: 'corrupt_video',
    sentence: /damaged or incomplete/,
    make: async (file) => {
      const whole = join(folder, 'whole.mp4');
      await ffmpeg('-i', footage('cockatoo.mp4'), '-c', 'copy', whole);
      const bytes = await readFile(whole);
      await writeFile(file, bytes.subarray(0, bytes.length / 2));
    },
  },
  'sound alone': {
    code: 'no_video_stream',
    sentence: /only sound/,
    make: (file) => ffmpeg('-f', 'lavfi', '-i', 'sine=duration=2', '-c:a', 'aac', '-f', 'mp4', file),
  },
  'longer than the limit': {
    code: 'too_long',
    sentence: /longer than the limit/,
    make: (file) => ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=5:duration=30', '-f', 'mp4', file),
  },
  'larger than the limit': {
    code: 'too_many_pixels',
    sentence: /larger than the limit/,
    make: (file) => ffmpeg('-f', 'lavfi', '-i', 'color=size=1920x1080:rate=5:duration=1', '-f', 'mp4', file),
  },
};

test.each(Object.entries(inputs))(
  'a file that is %s fails with a sentence, and a mail says so',
  async (name, input) => {
    const { code, sentence, make } = input;
    const file = join(folder, 'input');
    await make(file);
    const { id } = await english.upload(file, { filename: `${name}.mp4` });
    const video = await english.waitFor(id, 'failed', 'completed');
    expect(video).toMatchObject({ status: 'failed', attempts: 1, archive: null, error: { code } });
    expect(video.error?.message).toMatch(sentence);
    const mail = await oneMail(english, id);
    expect(mail.text).toMatch(sentence);
    expect(mail.html).toMatch(sentence);
  },
);

test('a recipe that asks for too many frames fails at once', async () => {
  const recipe = JSON.stringify({ select: { mode: 'interval', seconds: 0.01 } });
  const { id } = await english.upload(footage('cockatoo.mp4'), { recipe });
  expect(await english.waitFor(id, 'failed', 'completed')).toMatchObject({
    error: { code: 'too_many_frames' },
  });
});

test('a damaged video that still gives frames is completed, with a warning', async () => {
  const faststart = join(folder, 'faststart.mp4');
  await ffmpeg('-i', footage('cockatoo.mp4'), '-c', 'copy', '-movflags', '+faststart', faststart);
  const bytes = await readFile(faststart);
  const { id } = await english.upload(bytes.subarray(0, Math.floor(bytes.length * 0.6)));
  const video = await english.waitFor(id, 'failed', 'completed');
  expect(video.status).toBe('completed');
  expect(video.frameCount).toBeLessThan(14);
  expect(video.extractions[0]?.warnings).toHaveLength(1);
});

test('a person reads in their own language that the frames are ready', async () => {
  const [en, pt] = await Promise.all([
    english.upload(footage('birds.mp4'), { filename: 'birds.mp4' }),
    brazilian.upload(footage('birds.mp4'), { filename: 'pássaros.mp4' }),
  ]);
  await Promise.all([english.waitFor(en.id, 'completed'), brazilian.waitFor(pt.id, 'completed')]);
  const [toAnn, toJoao] = await Promise.all([oneMail(english, en.id), oneMail(brazilian, pt.id)]);
  expect(toAnn.subject).toContain('birds.mp4');
  expect(toAnn.text).toContain('Ann');
  expect(toJoao.subject).toContain('pássaros.mp4');
  expect(toJoao.text).toContain('João');
  expect(toJoao.text).toMatch(/quadros/);
  expect(await mailAbout(english, pt.id)).toEqual([]);
});

test('a canceled video sends no mail', async () => {
  const { id } = await english.upload(footage('cockatoo.mp4'), { recipe: '{"format":"png"}' });
  await english.fetch(`/video/${id}/cancel`, { method: 'POST' });
  // The next outcome's mail is out, so one about the canceled video would be, too.
  const next = await english.upload(Buffer.from('nothing'));
  await oneMail(english, next.id);
  expect(await mailAbout(english, id)).toEqual([]);
});

test('a person sees what was sent, chooses, and unsubscribes without a login', async () => {
  const { id } = await english.upload(footage('cockatoo.mp4'));
  const mail = await oneMail(english, id);
  const [, link = ''] = /(http:\S+\/links\/\S+)/.exec(mail.text ?? '') ?? [];
  const download = await fetch(link);
  expect(download.headers.get('content-type')).toBe('application/zip');
  await download.body?.cancel();
  expect(mail.attachments).toMatchObject([{ contentType: 'image/jpeg', related: true }]);
  expect(mail.attachments[0]?.size).toBeLessThan(30_000);

  const { items } = (await (await english.fetch('/me/notifications/log')).json()) as {
    items: { kind: string; channel: string; status: string; tries: object[] }[];
  };
  const sent = items.find(({ kind, channel }) => kind.startsWith('video.processed') && channel === 'email');
  expect(sent).toMatchObject({ status: 'sent', tries: [{ outcome: 'sent' }] });
  expect(await (await english.fetch('/me/notifications/email')).json()).toEqual({
    address: english.email,
    suppressed: null,
  });
  expect((await english.fetch('/me/notifications/email', { method: 'DELETE' })).status).toBe(204);

  const [, unsubscribe = ''] = /(http:\S+\/unsubscribe\/\S+)/.exec(mail.text ?? '') ?? [];
  const page = await fetch(unsubscribe);
  expect(await page.text()).toContain('<form method="post">');
  expect(await mailPreference('video.processed')).toEqual({ enabled: true, locked: false });
  const once = await fetch(unsubscribe, {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect(once.status).toBe(200);
  expect(await once.text()).toContain('You will receive no more e-mails of this kind');
  expect(await mailPreference('video.processed')).toEqual({ enabled: false, locked: false });
  expect((await fetch(`${unsubscribe}x`, { method: 'POST' })).status).toBe(404);
});

const PREFERENCES = '/me/notifications/preferences';
const mailPreference = async (kind: string) => {
  const { items } = (await (await english.fetch(PREFERENCES)).json()) as {
    items: { kind: string; channels: { email: object } }[];
  };
  return items.find((item) => item.kind === kind)?.channels.email;
};

test('preferences: what is not named stays, what is about safety is locked', async () => {
  const put = (items: object[]) => english.fetch(PREFERENCES, json({ items }, { method: 'PUT' }));
  const changed = await put([{ kind: 'video.failed', inapp: false }]);
  expect(changed.status).toBe(200);
  expect(await mailPreference('video.failed')).toEqual({ enabled: true, locked: false });
  expect(await mailPreference('security.new_login')).toEqual({ enabled: true, locked: true });
  const refused = await put([{ kind: 'security.new_login', email: false }]);
  expect(await refused.json()).toMatchObject({
    code: 'validation_failed',
    errors: [{ path: 'items.0.email' }],
  });
  expect(await problemOf(await put([{ kind: 'account.reset', email: false }]))).toEqual([
    422,
    'validation_failed',
  ]);
});
