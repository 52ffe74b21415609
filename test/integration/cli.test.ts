import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { VideoJson } from '../../lib/contracts.ts';
import type { TokenSession } from '../../cli/session.ts';
import { createCliUser, setCliStage, type CliUser } from '../support/cli.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { paddedClip } from '../support/padded-clip.ts';
import { PASSWORD, type ApiPerson } from '../support/person.ts';
import type { System } from '../support/system.ts';

interface Outcome {
  file: string;
  video?: VideoJson;
  archive?: { file: string; sha256: string };
  error?: { code: string };
}

const MB = 1024 * 1024;

const stage = setCliStage();
let system: System;
let person: ApiPerson;
let user: CliUser;
beforeAll(async () => {
  ({ system, person, user } = stage);
  await logIn();
});

async function logIn(who: CliUser = user, url = system.url) {
  const args = ['login', '--url', url, '--email', person.email, '--password-stdin'];
  const { code, stderr } = await who.run(args, { input: `${PASSWORD}\n` });
  expect([code, stderr]).toEqual([0, '']);
}

const readSession = async () => JSON.parse(await readFile(user.sessionFile, 'utf8')) as TokenSession;
const expire = async () =>
  writeFile(user.sessionFile, JSON.stringify({ ...(await readSession()), endsAt: 0 }));
const sha256 = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('a session is kept for its owner only, and made private again', async () => {
  expect(await modeOf(user.sessionFile)).toBe(0o600);
  await chmod(user.sessionFile, 0o644);
  expect(await user.json('whoami'.split(' '))).toMatchObject({ id: person.id, email: person.email });
  expect(await modeOf(user.sessionFile)).toBe(0o600);
});

test('commands that renew an ended token at once do so once, and all go on', async () => {
  await expire();
  const before = await readSession();
  const runs = await Promise.all(Array.from({ length: 4 }, () => user.run(['whoami'])));
  expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, '']));
  expect((await readSession()).refreshToken).not.toBe(before.refreshToken);
  const { items } = (await (await person.fetch('/me/sessions')).json()) as { items: unknown[] };
  // The person's own, and this one: no alarm about a stolen token has ended them.
  expect(items).toHaveLength(2);
});

test('a renewal whose answer was lost is asked for again with the same key', async () => {
  const { url, refreshToken } = await readSession();
  const renewalKey = 'f2f1b9c4-7f0e-4d5a-9c61-0e2c52d0a001';
  const headers = { 'content-type': 'application/json', 'idempotency-key': renewalKey };
  await fetch(`${url}/refresh`, { method: 'POST', headers, body: JSON.stringify({ refreshToken }) });
  await writeFile(user.sessionFile, JSON.stringify({ ...(await readSession()), endsAt: 0, renewalKey }));
  expect((await user.run(['whoami'])).code).toBe(0);
});

test('from a file to its frames with one command, and what there is to do with them', async () => {
  const upload = ['upload', 'birds.mp4', '--count', '5', '--format', 'webp', '--download', 'out'];
  const [outcome] = await user.json<Outcome[]>(upload);
  expect(outcome?.video).toMatchObject({ status: 'completed', frameCount: 5, recipe: { format: 'webp' } });
  expect(await sha256(join(user.home, outcome?.archive?.file ?? ''))).toBe(outcome?.video?.archive?.sha256);
  const id = outcome?.video?.id ?? '';
  expect((await user.json<VideoJson[]>(['list', '--search', 'birds'])).map((it) => it.id)).toContain(id);
  expect(await user.json(['list', '--status', 'failed'])).toEqual([]);
  expect((await user.run(['show', id])).stdout).toMatch(/^birds\.mp4 .*\ncompleted, 100 %\n5 frames/);
  expect(await user.json(['extract', id, '--every', '2'])).toMatchObject({ id });
  expect(await user.json(['usage'])).toMatchObject({ concurrentUploads: { used: 0 } });
  expect((await user.run(['rm', id])).code).toBe(2);
  expect(await user.json(['rm', id, '--yes'])).toEqual([id]);
  expect((await user.run(['show', id])).code).toBe(4);
}, 120_000);

test('frames are listed and fetched: all of them, or one by its number or its time', async () => {
  const { id } = await person.upload(footage('birds.mp4'), {
    recipe: '{"select":{"mode":"count","count":5}}',
  });
  await person.waitFor(id, 'completed');
  const list = ['frames', id, '--download'];
  const frames = await user.json<{ timeSeconds: number; file: string }[]>([...list, 'frames']);
  expect(frames).toHaveLength(5);
  expect(await readdir(join(user.home, 'frames'))).toHaveLength(5);
  const [third = { timeSeconds: 0, file: '' }, fourth = third] = frames.slice(2);
  expect(await user.json([...list, 'one', '--frame', '3'])).toEqual([third]);
  const name = basename(third.file);
  expect(await readdir(join(user.home, 'one'))).toEqual([name]);
  expect(await sha256(join(user.home, 'one', name))).toBe(await sha256(join(user.home, 'frames', name)));
  const between = (third.timeSeconds + fourth.timeSeconds) / 2;
  expect(await user.json(['frames', id, '--at', String(between)])).toEqual([third]);
  expect((await user.run(['frames', id, '--frame', '6'])).code).toBe(4);
  expect((await user.run(['frames', id, '--frame', '0'])).code).toBe(2);
});

test('an upload that was killed goes on where it was', async () => {
  const size = 60 * MB;
  const other = await createCliUser();
  await writeFile(join(other.home, 'long.mp4'), await paddedClip(size));
  // The first big connection stands still; the next may carry no more than what is missing, and a little.
  const limits = [20 * MB, 45 * MB];
  const proxy = await startCuttingProxy(system.url, (cuts) => limits[cuts], 'stand still');
  await logIn(other, proxy.url);
  const first = other.start(['upload', 'long.mp4']);
  await eventually(() => proxy.cuts() === 1, 'the upload to stand still', 60_000);
  first.kill('SIGKILL');
  await once(first, 'close');
  const [outcome] = await other.json<Outcome[]>(['upload', 'long.mp4']);
  expect(outcome?.video).toMatchObject({ filename: 'long.mp4', size });
  expect(proxy.cuts()).toBe(1);
  await proxy.close();
  await other.remove();
}, 120_000);

test('a download goes on with what is there, and takes nothing that is damaged', async () => {
  const [outcome] = await user.json<Outcome[]>(['upload', 'birds.mp4', '--watch']);
  const { id = '', archive } = outcome?.video ?? {};
  const { size = 0, sha256: digest = '' } = archive ?? {};
  const whole = Buffer.from(await (await person.fetch(`/video/${id}/download`)).arrayBuffer());
  const part = join(user.home, `a.zip.${digest.slice(0, 16)}.part`);
  await writeFile(part, whole.subarray(0, size - 1000));
  const { code, stderr } = await user.run(['download', id, '-o', 'a.zip']);
  // The first line tells how much is there before anything has come.
  expect([code, stderr.split('\n')[0]]).toEqual([0, expect.stringMatching(/^a\.zip: 75 % of/)]);
  expect(await sha256(join(user.home, 'a.zip'))).toBe(digest);
  expect((await user.run(['download', id, '-o', 'a.zip'])).code).toBe(2);
  await writeFile(part, Buffer.alloc(size - 1000));
  const damaged = await user.run(['download', id, '-o', 'a.zip', '--force', '--json']);
  expect([damaged.code, JSON.parse(damaged.stderr.trim().split('\n').at(-1) ?? '')]).toEqual([
    1,
    { error: expect.objectContaining({ code: 'damaged' }) },
  ]);
  expect(await sha256(join(user.home, 'a.zip'))).toBe(digest);
}, 120_000);

test('a file that fails does not stop the others', async () => {
  await writeFile(join(user.home, 'words.mp4'), 'no video at all');
  const files = ['nothing.mp4', 'words.mp4', 'birds.mp4'];
  const { code, stdout } = await user.run(['upload', ...files, '--watch', '--json']);
  expect(code).toBe(1);
  const [nothing, words, birds] = JSON.parse(stdout) as Outcome[];
  expect(nothing).toMatchObject({ file: 'nothing.mp4', error: { code: 'no_file' } });
  expect(words).toMatchObject({ video: { status: 'failed' }, error: { code: words?.video?.error?.code } });
  expect(birds).toMatchObject({ video: { status: 'completed' } });
  expect(birds?.error).toBeUndefined();
}, 60_000);

test('API keys are made, used and ended', async () => {
  const made = await user.json<{ id: string; key: string }>(['keys', 'create', 'ci', '--days', '1']);
  const stranger = await createCliUser();
  const env = { VIDEO_SYSTEM_API_KEY: made.key, VIDEO_SYSTEM_URL: system.url };
  expect(Array.isArray(await stranger.json(['list'], env))).toBe(true);
  const upload = await stranger.run(['upload', footage('birds.mp4'), '--json'], { env });
  expect([upload.code, JSON.parse(upload.stdout)]).toEqual([
    1,
    [expect.objectContaining({ error: expect.objectContaining({ code: 'forbidden', status: 403 }) })],
  ]);
  expect(await user.json(['keys', 'rm', made.id])).toEqual({ id: made.id });
  // Gateways hear of it within two seconds.
  await eventually(async () => (await stranger.run(['list'], { env })).code === 3, 'the key to be refused');
  await stranger.remove();
});

test('a login by an API key is kept for its owner only, shown to nobody, and forgotten by a logout', async () => {
  const { id, key } = await user.json<{ id: string; key: string }>(['keys', 'create', 'laptop']);
  const other = await createCliUser();
  const login = ['login', '--url', system.url, '--api-key-stdin'];
  const { code, stdout, stderr } = await other.run(login, { input: `${key}\n` });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(person.email);
  expect(await modeOf(other.sessionFile)).toBe(0o600);
  expect(await other.json(['whoami'])).toMatchObject({ id: person.id });
  expect(stdout).not.toContain(key);
  expect((await other.run(['logout'])).code).toBe(0);
  expect((await other.run(['whoami'])).code).toBe(3);
  // The key itself goes on.
  expect(await user.json(['keys', 'list'])).toContainEqual(expect.objectContaining({ id }));
  for (const [input, expected] of [
    [`vsk_${'0'.repeat(32)}_none`, 3],
    ['two words', 2],
    ['', 2],
  ] as const) {
    const refused = await other.run(login, { input });
    expect([refused.code, refused.stdout]).toEqual([expected, '']);
    if (input !== '') expect(refused.stderr).not.toContain(input);
  }
  expect((await other.run([...login, '--email', 'a@example.com'])).code).toBe(2);
  await other.remove();
});

test('a list tells that there is more, and gives all of it when asked', async () => {
  await Promise.all([1, 2, 3].map(() => person.upload(footage('birds.mp4'))));
  const some = await user.run(['list', '--limit', '2']);
  expect(some.stdout.trim().split('\n')).toHaveLength(3);
  expect(some.stderr).toContain('--all');
  const all = await user.json<VideoJson[]>(['list', '--all']);
  expect(all.length).toBeGreaterThanOrEqual(3);
  const whole = await user.run(['list', '--limit', String(all.length)]);
  expect([whole.stdout.trim().split('\n').length, whole.stderr]).toEqual([all.length + 1, '']);
});

test('a problem is told by its title and its code, to people and to scripts', async () => {
  const id = '00000000-0000-4000-8000-000000000000';
  expect((await user.run(['show', id])).stderr).toBe('video-system: There is nothing here (not_found)\n');
  const { stderr } = await user.run(['show', id, '--json']);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      ...{ code: 'not_found', title: 'There is nothing here', message: 'There is nothing here' },
      ...{ status: 404, requestId: expect.stringMatching(/^[\w-]{36}$/) },
    },
  });
  const { stderr: invalid } = await user.run(['upload', 'birds.mp4', '--every', '-1']);
  expect(invalid).toContain('The recipe is not valid');
  expect(invalid).toContain('(invalid_recipe)');
});

test.each([
  [['upload'], 2],
  [['list', '--status', 'odd'], 2],
  [['list', '--limit', '0'], 2],
  [['nothing'], 2],
  [['upload', 'birds.mp4', '--every', '1', '--all'], 2],
  [['upload', 'birds.mp4', '--every', 'x'], 2],
  [['show', '00000000-0000-4000-8000-000000000000'], 4],
  [['list', '--url', 'ftp://x'], 2],
  [['list', '--url', 'http://127.0.0.1:1'], 3],
  [['--help'], 0],
])('%j ends with %i', async (args, code) => {
  expect((await user.run(args)).code).toBe(code);
});

test('nobody answering has an exit code of its own', async () => {
  const env = { VIDEO_SYSTEM_API_KEY: 'any', VIDEO_SYSTEM_URL: 'http://127.0.0.1:1' };
  expect(await user.run(['list'], { env })).toMatchObject({ code: 5, stdout: '' });
});

test('who logs out is logged out, here and there; a wrong password says so', async () => {
  const ended = await readSession();
  expect((await user.run(['logout'])).code).toBe(0);
  expect((await user.run(['whoami'])).code).toBe(3);
  await writeFile(user.sessionFile, JSON.stringify({ ...ended, endsAt: 0 }));
  expect((await user.run(['whoami'])).code).toBe(3);
  const args = ['login', '--url', system.url, '--email', person.email, '--password-stdin', '--json'];
  const { code, stderr } = await user.run(args, { input: 'wrong' });
  expect([code, JSON.parse(stderr)]).toEqual([
    3,
    { error: expect.objectContaining({ code: 'invalid_credentials' }) },
  ]);
});
