import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSecretBox } from './secret-box.ts';
import { loadSigningKey, thumbprint } from './signing-key.ts';

const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a missing key file', () => {
  test('is made once by many loads at the same time', async () => {
    const file = join(folder, 'many', 'key.pem');
    const keys = await Promise.all(
      Array.from({ length: 20 }, () => loadSigningKey({ file, makeIfMissing: true })),
    );
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
    expect(new Set(keys.map(({ publicKeyPem }) => publicKeyPem)).size).toBe(1);
    expect(await readdir(join(folder, 'many'))).toEqual(['key.pem']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  test('is made once by processes that start at the same time', async () => {
    const file = join(folder, 'processes', 'key.pem');
    const script = `
      import { loadSigningKey } from ${JSON.stringify(new URL('./signing-key.ts', import.meta.url).href)};
      const { kid } = await loadSigningKey({ file: ${JSON.stringify(file)}, makeIfMissing: true });
      process.stdout.write(kid);`;
    const started = Array.from({ length: 4 }, () =>
      run(process.execPath, ['--input-type=module', '--eval', script]),
    );
    const kids = (await Promise.all(started)).map(({ stdout }) => stdout);
    const { kid } = await loadSigningKey({ file, makeIfMissing: false });
    expect(kids).toEqual([kid, kid, kid, kid]);
  });

  test('is not made when that was not asked for', async () => {
    const file = join(folder, 'absent.pem');
    await expect(loadSigningKey({ file, makeIfMissing: false })).rejects.toThrow(
      `The signing key file ${file} does not exist`,
    );
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('that cannot be made is named', async () => {
    await writeFile(join(folder, 'no-folder'), '');
    const file = join(folder, 'no-folder', 'key.pem');
    await expect(loadSigningKey({ file, makeIfMissing: true })).rejects.toThrow(
      `The signing key file ${file} cannot be read: Error: ENOTDIR`,
    );
  });
});

describe('a key file', () => {
  const save = async (name: string, content: string | Buffer) => {
    const file = join(folder, name);
    await writeFile(file, content);
    await chmod(file, 0o600);
    return file;
  };
  const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

  test('gives the same key at every start', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = await save('own.pem', pkcs8(privateKey));
    const key = await loadSigningKey({ file, makeIfMissing: true });
    expect(key.privateKey.equals(privateKey)).toBe(true);
    expect(createPublicKey(key.publicKeyPem).equals(createPublicKey(privateKey))).toBe(true);
    expect(await loadSigningKey({ file, makeIfMissing: true })).toEqual(key);
  });

  test('of another kind is refused with a sentence', async () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const { privateKey } of [p384, rsa]) {
      const file = await save('other.pem', pkcs8(privateKey));
      await expect(loadSigningKey({ file, makeIfMissing: true })).rejects.toThrow(
        `The signing key file ${file} holds a private key that is not EC P-256`,
      );
    }
  });

  test('without a readable private key is refused with a sentence, and kept', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
    const contents = [
      '',
      'no key',
      publicKey.export({ type: 'spki', format: 'pem' }),
      privateKey.export(locked),
    ];
    for (const content of contents) {
      const file = await save('broken.pem', content);
      await expect(loadSigningKey({ file, makeIfMissing: true })).rejects.toThrow(
        `The signing key file ${file} holds no private key in PEM form without a passphrase`,
      );
      expect(await readFile(file, 'utf8')).toBe(content.toString());
    }
  });

  test('has keys behind it that sign nothing, and open and check what they have sealed and signed', async () => {
    const [fresh, old] = [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ];
    const before = await loadSigningKey({
      file: await save('old.pem', pkcs8(old.privateKey)),
      makeIfMissing: false,
    });
    const sealed = createSecretBox(before).seal(Buffer.from('secret'), 'ana');
    const both = await save('both.pem', `${pkcs8(fresh.privateKey)}${pkcs8(old.privateKey)}`);
    const key = await loadSigningKey({ file: both, makeIfMissing: false });
    expect(key.privateKey.equals(fresh.privateKey)).toBe(true);
    expect(key.others).toEqual([before]);
    expect(createSecretBox(key).open(sealed, 'ana')?.toString()).toBe('secret');
    expect(
      createSecretBox(before).open(createSecretBox(key).seal(Buffer.from('x'), 'ana'), 'ana'),
    ).toBeNull();
    const spoiled = await save(
      'spoiled.pem',
      `${pkcs8(fresh.privateKey)}${old.publicKey.export({ type: 'spki', format: 'pem' }).toString()}`,
    );
    await expect(loadSigningKey({ file: spoiled, makeIfMissing: true })).rejects.toThrow(
      'holds no private key',
    );
  });

  test('that is a folder is refused with a sentence', async () => {
    await expect(loadSigningKey({ file: folder, makeIfMissing: true })).rejects.toThrow(
      `The signing key file ${folder} cannot be read: Error: EISDIR`,
    );
  });
});

test('the key id is the JWK thumbprint (example of RFC 9449, section 6.1)', () => {
  const key = {
    kty: 'EC',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    crv: 'P-256',
  };
  expect(thumbprint(createPublicKey({ key, format: 'jwk' }))).toBe(
    '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  );
});
