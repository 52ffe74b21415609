import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Mailer } from './mailer.ts';
import { toMessage, type Sender } from './message.ts';

/**
 * Delivers into a folder: `<mail id>.eml` holds the message as RFC 5322 has it, so any mail program opens it. A mail
 * appears whole and durable or not at all, and the same mail sent twice is one file.
 * @param folder made when it isn't there
 */
export function createFileMailer(folder: string, sender: Sender): Mailer {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    send: async (mail) => {
      const { message } = await composer.sendMail(toMessage(mail, sender));
      await mkdir(folder, { recursive: true });
      await writeDurably(folder, `${mail.id}.eml`, message as Buffer);
    },
    ping: async () => {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    },
    close: () => composer.close(),
  };
}

/** After a crash there is the old file, the new one or none, never a part of one; hence the draft and the fsyncs. */
async function writeDurably(folder: string, name: string, content: Buffer): Promise<void> {
  const draft = join(folder, `.${name}.${randomUUID()}`);
  try {
    await writeFile(draft, content, { flush: true });
    await rename(draft, join(folder, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}
