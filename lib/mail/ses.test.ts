import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser, type ParsedMail } from 'mailparser';
import {
  awsCredentials,
  startAwsServer,
  type AwsAnswer,
  type AwsServer,
} from '../../test/support/aws-server.ts';
import { openMailer } from './index.ts';
import { isRefusal, type Mailer } from './mailer.ts';
import { mailerContract } from './mailer.contract.ts';

Object.assign(process.env, awsCredentials);
const from = 'Frames <frames@example.com>';
const urlOf = (server: AwsServer, more = '') =>
  `ses://eu-west-1?endpoint=${encodeURIComponent(server.url)}${more}`;
interface SendInput {
  Content: { Raw: { Data: string } };
  ConfigurationSetName?: string;
}

mailerContract('SES', async () => {
  const received: ParsedMail[] = [];
  const server = await startAwsServer(async ({ url }, body) => {
    if (url === '/v2/email/account') return { body: { SendingEnabled: true } };
    const { Content } = body as unknown as SendInput;
    received.push(await simpleParser(Buffer.from(Content.Raw.Data, 'base64')));
    return { body: { MessageId: 'ses-id' } };
  });
  const mailer = openMailer({ url: urlOf(server), from });
  return {
    mailer,
    received: () => Promise.resolve(received),
    close: async () => {
      mailer.close();
      await server.stop();
    },
  };
});

describe('SES', () => {
  let server: AwsServer;
  let mailer: Mailer;
  let answer: AwsAnswer = {};
  let sent: Record<string, unknown> = {};
  beforeAll(async () => {
    server = await startAwsServer((_req, body) => {
      sent = body;
      return answer;
    });
    mailer = openMailer({ url: urlOf(server, '&configurationSet=frames'), from });
  });
  afterAll(async () => {
    mailer.close();
    await server.stop();
  });
  const attempt = async (reply: AwsAnswer) => {
    answer = reply;
    const mail = { id: randomUUID(), to: 'ana@example.com', subject: 'Hi', text: 'Hi', html: 'Hi' };
    return mailer.send(mail).then(
      () => 'sent',
      (error: unknown) => {
        if (!isRefusal(error)) return 'later';
        return error.isAboutRecipient ? 'refused address' : 'refused';
      },
    );
  };

  test('names the configuration set', async () => {
    expect(await attempt({ body: { MessageId: 'x' } })).toBe('sent');
    expect(sent).toMatchObject({ ConfigurationSetName: 'frames' });
  });

  test.each([
    ['a message that it will not take', 'MessageRejected', 'Email contains a virus', 'refused'],
    [
      'an address that makes no sense',
      'BadRequestException',
      'Invalid address ana@example.com',
      'refused address',
    ],
    ['a sender that makes no sense', 'BadRequestException', 'Invalid From address', 'refused'],
    ['a sandbox', 'MessageRejected', 'Email address is not verified: ana@example.com', 'later'],
    ['throttling', 'TooManyRequestsException', 'Maximum sending rate exceeded', 'later'],
    ['a daily limit', 'LimitExceededException', 'Daily message quota exceeded', 'later'],
    ['a pause', 'SendingPausedException', 'Sending paused', 'later'],
    ['a fault of its own', 'InternalServiceErrorException', 'Sorry', 'later'],
  ])('%s', async (_name, error, message, outcome) => {
    expect(await attempt({ error, body: { message } })).toBe(outcome);
  });

  test('a paused account is no good order', async () => {
    answer = { body: { SendingEnabled: false } };
    await expect(mailer.ping()).rejects.toThrow('paused');
  });

  test.each([
    ['ses://key:secret@eu-west-1', 'credentials'],
    ['ses://', 'region'],
    ['ses://eu-west-1?colour=red', 'colour'],
    ['ses://eu-west-1?endpoint=ftp%3A%2F%2Fx', 'endpoint'],
  ])('%s is refused', (url, word) => {
    expect(() => openMailer({ url, from })).toThrow(word);
  });
});
