import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { openMailer } from './index.ts';
import { mailerContract } from './mailer.contract.ts';

const from = 'Frames <frames@example.com>';

async function readMails(folder: string) {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map(async (name) => simpleParser(await readFile(join(folder, name)))));
}

mailerContract('A folder', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'mail-'));
  const folder = join(parent, 'made 100% on #demand?');
  const mailer = openMailer({ url: pathToFileURL(folder).href, from });
  return {
    mailer,
    received: () => readMails(folder),
    close: async () => {
      mailer.close();
      await rm(parent, { recursive: true });
    },
  };
});

describe('the folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mail-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const mail = { id: randomUUID(), to: 'ana@example.com', subject: 'Hi', text: 'Hi', html: '<p>Hi</p>' };

  test('the same mail sent many times at once is one file, and no draft stays', async () => {
    const mailer = openMailer({ url: pathToFileURL(folder).href, from });
    await Promise.all(Array.from({ length: 10 }, () => mailer.send(mail)));
    expect(await readdir(folder)).toEqual([`${mail.id}.eml`]);
  });

  test('lines end as RFC 5322 has them', async () => {
    await openMailer({ url: pathToFileURL(folder).href, from }).send(mail);
    const content = await readFile(join(folder, `${mail.id}.eml`), 'utf8');
    expect(content).not.toMatch(/(?<!\r)\n/);
  });

  test('a folder that cannot be made fails the send and the ping', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const mailer = openMailer({ url: pathToFileURL(join(file, 'inside')).href, from });
    await expect(mailer.send(mail)).rejects.toThrow('ENOTDIR');
    await expect(mailer.ping()).rejects.toThrow('ENOTDIR');
  });
});

describe('openMailer', () => {
  test('an unknown scheme is named', () => {
    expect(() => openMailer({ url: 'pigeon://coop', from })).toThrow('There is no mailer for pigeon: URLs');
  });

  test.each(['', 'Frames', 'a@example.com, b@example.com', 'Frames <frames>'])(
    '%j is not a sender',
    (sender) => {
      expect(() => openMailer({ url: 'file:///tmp', from: sender })).toThrow('MAIL_FROM=');
    },
  );
});
