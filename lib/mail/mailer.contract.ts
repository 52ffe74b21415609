import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AddressObject, ParsedMail } from 'mailparser';
import { isRefusal, type Mail, type Mailer } from './mailer.ts';

/** A mailer that sends from `Frames <frames@example.com>`, and what its next hop has got. */
export interface Subject {
  mailer: Mailer;
  received: () => Promise<ParsedMail[]>;
  close: () => Promise<void>;
}

const letter = (parts: Partial<Mail> = {}): Mail => ({
  id: randomUUID(),
  to: 'ana@example.com',
  subject: 'Your frames are ready',
  text: 'Hello, Ana.',
  html: '<p>Hello, Ana.</p>',
  ...parts,
});

const addresses = (field: AddressObject | AddressObject[] | undefined) =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address));

/**
 * What every mailer must do.
 * @param name of the adapter
 * @param open a mailer of its own for each test
 */
export function mailerContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name} as a mailer`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());
    const deliver = async (mail: Mail): Promise<ParsedMail> => {
      await subject.mailer.send(mail);
      const [message] = await subject.received();
      if (!message) throw new Error('Nothing arrived');
      return message;
    };

    describe('messages', () => messages(deliver));
    describe('hostile input', () => hostileInput(() => subject, deliver));

    test('the same mail sent twice carries the same Message-ID', async () => {
      const mail = letter();
      await subject.mailer.send(mail);
      await subject.mailer.send(mail);
      const ids = (await subject.received()).map(({ messageId }) => messageId);
      expect(new Set(ids)).toEqual(new Set([`<${mail.id}@example.com>`]));
    });

    test('twenty mails at once all arrive', async () => {
      const mails = Array.from({ length: 20 }, () => letter());
      await Promise.all(mails.map((mail) => subject.mailer.send(mail)));
      const ids = (await subject.received()).map(({ messageId }) => messageId);
      expect(ids.sort()).toEqual(mails.map(({ id }) => `<${id}@example.com>`).sort());
    });

    test('a mailer in good order answers a ping and sends nothing', async () => {
      await expect(subject.mailer.ping()).resolves.toBeUndefined();
      expect(await subject.received()).toEqual([]);
    });
  });
}

function messages(deliver: (mail: Mail) => Promise<ParsedMail>): void {
  test('a mail arrives with its sender, recipient, subject, text and HTML', async () => {
    const mail = letter();
    const message = await deliver(mail);
    expect(message.from?.text).toBe('"Frames" <frames@example.com>');
    expect(addresses(message.to)).toEqual(['ana@example.com']);
    expect(message).toMatchObject({ subject: mail.subject, messageId: `<${mail.id}@example.com>` });
    expect(message.text?.trim()).toBe(mail.text);
    expect(message.html).toBe(mail.html);
  });

  test('a mail says that a machine wrote it', async () => {
    const message = await deliver(letter());
    expect(message.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test('accents, emoji and other scripts arrive as they are', async () => {
    const words = 'Olá, João! 🎞️ 視頻 ваше видео';
    const message = await deliver(letter({ subject: words, text: words, html: `<p>${words}</p>` }));
    expect(message.subject).toBe(words);
    expect(message.text?.trim()).toBe(words);
    expect(message.html).toBe(`<p>${words}</p>`);
  });

  test('long lines and lines of one dot survive the transport', async () => {
    const text = `first\n.\n..\n${'word '.repeat(600)}end\nFrom here`;
    const message = await deliver(letter({ text }));
    expect(message.text?.trim()).toBe(text);
  });
}

function hostileInput(subject: () => Subject, deliver: (mail: Mail) => Promise<ParsedMail>): void {
  test.each(['\r\n', '\n', '\r', '\u0000', '\u2028'])(
    'a subject with %j in it adds no header and no body',
    async (separator) => {
      const attack = ['Hi', 'Bcc: eve@example.com', '', '<b>injected</b>'].join(separator);
      const message = await deliver(letter({ subject: attack }));
      expect(message.headers.has('bcc')).toBe(false);
      expect(message.subject).toMatch(/^Hi/);
      expect(message.subject).not.toMatch(/[\r\n]/);
      expect(message.text?.trim()).toBe('Hello, Ana.');
      expect(addresses(message.to)).toEqual(['ana@example.com']);
    },
  );

  test.each([
    'ana@example.com\r\nBcc: eve@example.com',
    'ana@example.com\nRCPT TO:<eve@example.com>',
    'ana@example.com, eve@example.com',
    'ana@example.com,eve@example.com',
    'ana@example.com>, <eve@example.com',
    'Ana <ana@example.com>',
    '"ana eve@example.com,"@example.com',
    'eve@example.com@example.com',
    'friends: eve@example.com;',
    'ana',
    '',
  ])('%j is refused as a recipient and nothing is sent', async (to) => {
    const error: unknown = await subject()
      .mailer.send(letter({ to }))
      .catch((reason: unknown) => reason);
    expect(isRefusal(error)).toBe(true);
    expect(await subject().received()).toEqual([]);
  });

  test.each(['../../escape', 'a\r\nBcc: eve@example.com', ''])(
    '%j is refused as an id and nothing is sent',
    async (id) => {
      await expect(subject().mailer.send(letter({ id }))).rejects.toThrow('not a UUID');
      expect(await subject().received()).toEqual([]);
    },
  );
}
