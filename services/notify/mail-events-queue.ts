import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { explainTls } from '../../lib/tls-fault.ts';

/** SQS holds a request for so long when there is nothing. */
const WAIT_SECONDS = 20;
/** Longer than storing a batch takes; whoever dies leaves its messages to others after this. */
const HIDDEN_SECONDS = 60;

/** The queue in which the mail provider tells of bounces and complaints. */
export interface MailEventsQueue {
  /** Wait for the next messages; there may be none. */
  receive(signal: AbortSignal): Promise<Message[]>;
  /** Delete a message that was dealt with. */
  forget(message: Message): Promise<void>;
  close(): void;
}

/**
 * Nothing is connected yet.
 * @param queueUrl of the SQS queue, by TLS unless it says `http:`; credentials and region come from the AWS SDK's default
 *   chain, the region also from the queue's host name
 */
export function openMailEvents(queueUrl: string): MailEventsQueue {
  const sqs = new SQSClient({ ...regionOf(queueUrl), endpoint: new URL(queueUrl).origin });
  const explained = (error: unknown) => {
    throw explainTls(error, 'MAIL_EVENTS_QUEUE_URL');
  };
  return {
    receive: async (signal) => {
      const request = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: HIDDEN_SECONDS,
      });
      const { Messages = [] } = await sqs.send(request, { abortSignal: signal }).catch(explained);
      return Messages;
    },
    forget: async ({ ReceiptHandle }) => {
      const request = new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle });
      await sqs.send(request).catch(explained);
    },
    close: () => sqs.destroy(),
  };
}

function regionOf(queueUrl: string): { region?: string } {
  const [, region] = /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(new URL(queueUrl).hostname) ?? [];
  return region === undefined ? {} : { region };
}
