import { domainToASCII } from 'node:url';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';
import type { SendMailOptions } from 'nodemailer';
import { MailRefused, type Mail } from './mailer.ts';

/** Who the mail comes from. */
export interface Sender {
  name: string;
  address: string;
}

/** One address without a display name: nothing in it can start a second address, a header or a command. */
const bareAddress = z.string().regex(/^[^\s\p{Cc}"<>()[\],:;@\\]+@[^\s\p{Cc}"<>()[\],:;@\\]+$/u);

/**
 * Read the sender from the configuration.
 * @param from one mailbox, as `Frames <frames@example.com>`
 * @throws Error naming what is allowed
 */
export function parseSender(from: string): Sender {
  const [sender, ...others] = addressparser(from, { flatten: true });
  if (!sender || others.length > 0 || !bareAddress.safeParse(sender.address).success) {
    throw new Error(`MAIL_FROM="${from}" is not a sender; allowed: Name <name@example.com>`);
  }
  return { name: sender.name, address: sender.address };
}

/**
 * The message as nodemailer composes it. The Message-ID is made of the mail's id, so whoever gets the same mail twice
 * can see it; `Auto-Submitted` (RFC 3834) keeps out-of-office replies away.
 * @throws MailRefused when the id or the recipient is malformed
 */
export function toMessage(mail: Mail, sender: Sender): SendMailOptions {
  if (!z.uuid().safeParse(mail.id).success) throw new MailRefused('The mail’s id is not a UUID');
  if (!bareAddress.safeParse(mail.to).success)
    throw new MailRefused('The recipient is not one e-mail address');
  const host = domainToASCII(sender.address.slice(sender.address.lastIndexOf('@') + 1));
  return {
    messageId: `<${mail.id}@${host}>`,
    from: sender,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated', ...unsubscribeHeaders(mail.unsubscribeUrl) },
    attachments: (mail.inline ?? []).map((file) => ({ ...file, contentDisposition: 'inline' as const })),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** RFC 8058: a mail program may switch such mail off by itself, with one POST, when its reader asks it to. */
const unsubscribeHeaders = (url: string | undefined) =>
  url === undefined
    ? {}
    : { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
