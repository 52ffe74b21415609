import { GetAccountCommand, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { explainTls } from '../tls-fault.ts';
import { MailRefused, type Mailer } from './mailer.ts';
import { toMessage, type Sender } from './message.ts';

const parameters = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  configurationSet: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
});

const CONNECT_MS = 10_000;
const REQUEST_MS = 60_000;

/**
 * Hands mail to Amazon SES. Credentials come from the AWS SDK's default chain. SES puts a Message-ID of its own in the
 * place of ours.
 * @param url `ses://region?endpoint=…&configurationSet=…`
 * @throws Error naming the part of the URL that is wrong
 */
export function createSesMailer(url: string, sender: Sender): Mailer {
  const { region, endpoint, configurationSet } = readSesUrl(new URL(url));
  const sesClient = new SESv2Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // Trying again is the sender's matter; it counts and notes every attempt.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
  });
  const transport = createTransport({ SES: { sesClient, SendEmailCommand } });
  const ses = configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet };
  return {
    send: async (mail) => {
      const message = toMessage(mail, sender);
      try {
        await transport.sendMail({ ...message, ses });
      } catch (error) {
        throw isAboutTheMail(error) ? refusal(error, mail.to) : explainTls(error, 'MAIL_URL');
      }
    },
    ping: async () => {
      const { SendingEnabled } = await sesClient.send(new GetAccountCommand({})).catch((error: unknown) => {
        throw explainTls(error, 'MAIL_URL');
      });
      if (SendingEnabled === false) throw new Error('SES has paused sending for this account');
    },
    close: () => {
      transport.close();
      sesClient.destroy();
    },
  };
}

function readSesUrl(url: URL) {
  if (url.username !== '' || url.password !== '') {
    throw new Error('A ses: URL holds no credentials; they come from the environment');
  }
  if (url.hostname === '') throw new Error('A ses: URL names a region: ses://eu-west-1');
  const result = parameters.safeParse(Object.fromEntries(url.searchParams));
  if (result.success) return { region: url.hostname, ...result.data };
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`The ses: URL has faults in its parameters: ${faults.join('; ')}`);
}

/**
 * Which errors would come again with the same mail. An address or a domain that SES has not verified is a matter of
 * the account, which can be mended while the mail waits; so are limits, pauses and missing configuration sets.
 */
function isAboutTheMail(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === 'BadRequestException') return true;
  return error.name === 'MessageRejected' && !/not verified/i.test(error.message);
}

/** SES names the address when that is what is wrong; our own sender must not cost a reader their mail. */
function refusal(error: Error, recipient: string): MailRefused {
  return new MailRefused(error.message, {
    cause: error,
    isAboutRecipient: error.message.includes(recipient),
  });
}
