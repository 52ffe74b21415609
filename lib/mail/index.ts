import { fileURLToPath } from 'node:url';
import { createFileMailer } from './file.ts';
import type { Mailer } from './mailer.ts';
import { parseSender, type Sender } from './message.ts';
import { createSesMailer } from './ses.ts';
import { createSmtpMailer } from './smtp.ts';
import { tracedMailer } from './traced.ts';

/** The adapters by the scheme of their URLs. */
const adapters: Record<string, (url: string, sender: Sender) => Mailer> = {
  'file:': (url, sender) => createFileMailer(fileURLToPath(url), sender),
  'ses:': createSesMailer,
  'smtp:': createSmtpMailer,
  'smtps:': createSmtpMailer,
};

/**
 * The mailer behind a URL. Nothing is connected or written yet.
 * @param options `url`: `file:///folder` (percent-encoded like every URL), `smtp://…`, `smtps://…` or `ses://region`; `from`: the sender, as
 *   `Frames <frames@example.com>`
 * @throws Error when no adapter knows the scheme or the sender is malformed
 */
export function openMailer({ url, from }: { url: string; from: string }): Mailer {
  const { protocol } = new URL(url);
  const open = adapters[protocol];
  if (!open) throw new Error(`There is no mailer for ${protocol} URLs`);
  return tracedMailer(open(url, parseSender(from)));
}
