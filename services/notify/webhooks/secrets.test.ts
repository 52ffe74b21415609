import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createSafe, loadSafe, newSecret, showSecret, signatureHeaders } from './secrets.ts';

describe('signatures', () => {
  const message = { id: randomUUID(), body: JSON.stringify({ type: 'video.processed', text: 'férias ☀' }) };

  test('are those of the Standard Webhooks library', () => {
    const [secret, sentAt] = [newSecret(), new Date()];
    const headers = signatureHeaders(message, [secret], sentAt);
    const receiver = new Webhook(showSecret(secret));
    expect(headers['webhook-signature']).toBe(receiver.sign(message.id, sentAt, message.body));
    expect(receiver.verify(message.body, headers)).toEqual(JSON.parse(message.body));
    expect(() => receiver.verify(`${message.body} `, headers)).toThrow();
  });

  test('are as many as there are secrets, and each holder of one can verify', () => {
    const secrets = [newSecret(), newSecret()];
    const headers = signatureHeaders(message, secrets, new Date());
    for (const secret of secrets) new Webhook(showSecret(secret)).verify(message.body, headers);
    expect(() => new Webhook(showSecret(newSecret())).verify(message.body, headers)).toThrow();
  });

  test('a secret is whsec_ and the base64 of 24 bytes', () => {
    expect(showSecret(newSecret())).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  });
});

describe('the safe', () => {
  const safe = createSafe(randomBytes(32));

  test('gives back what was put in, and shows nothing of it', () => {
    const secret = newSecret();
    const sealed = safe.seal(secret, 'a');
    expect(safe.open(sealed, 'a')).toEqual(secret);
    expect(sealed.includes(secret)).toBe(false);
    expect(safe.seal(secret, 'a')).not.toEqual(sealed);
  });

  test('opens for nobody else, with no other key, and not after a change', () => {
    const sealed = safe.seal(newSecret(), 'a');
    expect(() => safe.open(sealed, 'b')).toThrow();
    expect(() => createSafe(randomBytes(32)).open(sealed, 'a')).toThrow();
    for (const at of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => safe.open(changed, 'a')).toThrow();
    }
  });
});

test('keys behind the first one seal nothing, open what they have sealed, and can be taken away after a renewal', () => {
  const [old, fresh, secret] = [randomBytes(32), randomBytes(32), newSecret()];
  const before = createSafe(old, fresh);
  const after = createSafe(fresh, old);
  const sealed = before.seal(secret, 'a');
  expect(after.open(sealed, 'a')).toEqual(secret);
  const renewed = after.renew(sealed, 'a') ?? Buffer.alloc(0);
  expect(before.open(renewed, 'a')).toEqual(secret);
  expect(createSafe(fresh).open(renewed, 'a')).toEqual(secret);
  expect(() => createSafe(fresh).open(sealed, 'a')).toThrow('none of the keys');
  expect(after.renew(renewed, 'a')).toBeNull();
  expect(after.renew(sealed, 'b')).toBeNull();
  expect([createSafe(fresh).hasOlderKeys, after.hasOlderKeys]).toEqual([false, true]);
});

describe('the key file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'webhook-key-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is made once, for the owner only, by however many start at once', async () => {
    const options = { file: join(folder, 'keys', 'made.key'), makeIfMissing: true };
    const safes = await Promise.all([loadSafe(options), loadSafe(options), loadSafe(options)]);
    const sealed = safes[0].seal(Buffer.from('x'), 'a');
    for (const safe of [...safes, await loadSafe(options)])
      expect(safe.open(sealed, 'a').toString()).toBe('x');
    expect((await stat(options.file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(options.file, 'utf8'), 'base64')).toHaveLength(32);
  });

  test('that is missing or wrong stops the start with its name', async () => {
    const file = join(folder, 'short.key');
    await expect(loadSafe({ file, makeIfMissing: false })).rejects.toThrow(
      `The webhook key file ${file} does not exist`,
    );
    const line = () => randomBytes(32).toString('base64');
    await writeFile(file, `${line()}\n${line()}\n`);
    expect((await loadSafe({ file, makeIfMissing: false })).hasOlderKeys).toBe(true);
    await writeFile(file, `${line()}\n${randomBytes(16).toString('base64')}`);
    await expect(loadSafe({ file, makeIfMissing: true })).rejects.toThrow(/does not hold 32 bytes/);
  });
});
