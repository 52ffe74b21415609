import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** What the server took: the envelope's recipients and the parsed message. */
interface Received {
  recipients: string[];
  mail: ParsedMail;
}

/** A real SMTP server for tests. It refuses and delays as its rules say and keeps what it takes. */
export interface TestServer {
  url: string;
  received: Received[];
  stop(): Promise<void>;
}

/** How the server treats a recipient: an SMTP reply code of 400 or more refuses; a promise is waited for. */
export type Rules = Record<string, number | (() => Promise<void>)>;

/**
 * Start an SMTP server on the loopback address.
 * @param rules by recipient; others are taken at once
 * @param options of smtp-server; `port` 0 takes a free one
 */
export async function startTestServer(
  rules: Rules = {},
  { port = 0, ...options }: SMTPServerOptions & { port?: number } = {},
): Promise<TestServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, callback) => {
      const rule = rules[address];
      callback(typeof rule === 'number' ? refusal(rule) : null);
    },
    onData: (stream, session, callback) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      const take = async () => {
        const mail = await simpleParser(stream);
        for (const rule of recipients.map((recipient) => rules[recipient])) {
          if (typeof rule === 'function') await rule();
        }
        received.push({ recipients, mail });
      };
      take().then(
        () => callback(),
        (error: unknown) => callback(error as Error),
      );
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** An error that smtp-server turns into this reply. */
export function refusal(responseCode: number): Error {
  return Object.assign(new Error(responseCode < 500 ? 'Come back later' : 'No such mailbox'), {
    responseCode,
  });
}
