import { createTransport, type NodemailerError } from 'nodemailer';
import { z } from 'zod';
import { explainTls } from '../tls-fault.ts';
import { MailRefused, type Mailer } from './mailer.ts';
import { toMessage, type Sender } from './message.ts';

/** How long a server may take, in milliseconds. */
interface SmtpPatience {
  /** From the name lookup to the greeting, the TLS handshake included. */
  connectMs: number;
  /** Without a byte from the server. */
  silenceMs: number;
  /** For one whole mail, however busily the server answers. */
  mailMs: number;
}

const CONNECTIONS = 5;

/** Strict, because nodemailer passes over what it doesn't know: a misspelt demand would be none. */
const parameters = z.strictObject({
  requireTLS: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});

/** A server may scan a message for minutes before it confirms it; giving up early would send the message twice. */
const defaultPatience: SmtpPatience = { connectMs: 30_000, silenceMs: 180_000, mailMs: 300_000 };

/**
 * Hands mail to an SMTP server over a few kept connections.
 * @param url `smtp://user:password@host:port` or `smtps://…` (TLS from the start). By `smtp:` a password travels by
 *   STARTTLS only, and mail without one by STARTTLS when it is offered; `?requireTLS=` true or false says otherwise
 * @throws Error naming the part of the URL that is wrong
 */
export function createSmtpMailer(url: string, sender: Sender, patience = defaultPatience): Mailer {
  const pool = createTransport({
    ...readSmtpUrl(new URL(url)),
    pool: true,
    maxConnections: CONNECTIONS,
    // Once for each kept connection that the server has closed meanwhile; a server that is down is the caller's matter.
    maxRequeues: CONNECTIONS,
    connectionTimeout: patience.connectMs,
    dnsTimeout: patience.connectMs,
    greetingTimeout: patience.connectMs,
    socketTimeout: patience.silenceMs,
  });
  return {
    send: async (mail) => {
      const message = toMessage(mail, sender);
      try {
        await pool.sendMail({ ...message, signal: AbortSignal.timeout(patience.mailMs) });
      } catch (error) {
        throw isAboutTheMail(error) ? refusal(error) : explainTls(error, 'MAIL_URL');
      }
    },
    ping: async () => {
      await pool.verify().catch((error: unknown) => {
        throw explainTls(error, 'MAIL_URL');
      });
    },
    close: () => pool.close({ force: true }),
  };
}

function readSmtpUrl(url: URL) {
  const result = parameters.safeParse(Object.fromEntries(url.searchParams));
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
    throw new Error(`MAIL_URL has faults in its parameters: ${faults.join('; ')}`);
  }
  // The rest is nodemailer's to read.
  const requireTLS = result.data.requireTLS ?? (url.username !== '' || url.password !== '');
  url.search = '';
  return { url: url.href, requireTLS };
}

/** A 5xx reply to the login or the sender is about our configuration, which can be mended while the mail waits. */
function isAboutTheMail(error: unknown): error is NodemailerError {
  const { permanent, command } = error as NodemailerError;
  return permanent === true && (command === 'RCPT TO' || command === 'DATA');
}

/**
 * Whether it is the mailbox that refuses. RFC 3463: an enhanced code 5.1.x is about the address and 5.2.x about the
 * mailbox; 5.7.x, also in answer to RCPT, is policy, which may be about us.
 */
function refusal(error: NodemailerError): MailRefused {
  const enhanced = /^\d{3}[ -]5\.(\d+)\./.exec(error.response ?? '')?.[1];
  const isAboutRecipient =
    error.command === 'RCPT TO' && (enhanced === undefined || enhanced === '1' || enhanced === '2');
  return new MailRefused(error.message, { cause: error, isAboutRecipient });
}
