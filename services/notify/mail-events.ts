import type { Message } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Logger } from '../../lib/logger.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { openMailEvents, type MailEventsQueue } from './mail-events-queue.ts';
import type { NotifyDatabase } from './models.ts';
import { suppress, type BadAddress } from './suppressions.ts';

const PAUSE_MS = 1000;

const recipient = z.object({ emailAddress: z.string().max(320) });

/** What SES tells, by its event publishing (`eventType`) or its feedback notifications (`notificationType`). */
const eventSchema = z.object({
  eventType: z.string().optional(),
  notificationType: z.string().optional(),
  bounce: z.object({ bounceType: z.string(), bouncedRecipients: z.array(recipient).max(100) }).optional(),
  complaint: z
    .object({
      complaintFeedbackType: z.string().nullish(),
      complainedRecipients: z.array(recipient).max(100),
    })
    .optional(),
});

/** A message by way of SNS holds the event as text. */
const wrapped = z.object({ Type: z.literal('Notification'), Message: z.string() });

/**
 * The addresses that an event speaks against. A mailbox that is full today (a transient bounce) is not one, nor is a
 * reader who says that a mail is no spam.
 * @param body of the SQS message: an event of SES, or a notification of SNS around one
 * @throws when it is neither
 */
export function badAddresses(body: string): BadAddress[] {
  const outer: unknown = JSON.parse(body);
  const { success, data } = wrapped.safeParse(outer);
  const event = eventSchema.parse(success ? JSON.parse(data.Message) : outer);
  const type = event.eventType ?? event.notificationType;
  if (type === undefined) throw new Error('It does not say what it tells');
  const { bounce, complaint } = event;
  if (type === 'Bounce' && bounce?.bounceType === 'Permanent') {
    return bounce.bouncedRecipients.map(({ emailAddress: address }) => ({ address, reason: 'bounced' }));
  }
  if (type === 'Complaint' && complaint && complaint.complaintFeedbackType !== 'not-spam') {
    return complaint.complainedRecipients.map(({ emailAddress: address }) => ({
      address,
      reason: 'complaint',
    }));
  }
  return [];
}

interface Needs {
  db: NotifyDatabase;
  queue: MailEventsQueue;
  logger: Logger;
}

/**
 * Wait for what the mail provider tells of bounces and complaints, and remember it. A message is deleted only when its
 * addresses are stored; one that makes no sense is logged and deleted, or it would come for ever.
 * @param signal ends the waiting
 */
async function takeMailEvents(needs: Needs, signal: AbortSignal): Promise<void> {
  for (const message of await needs.queue.receive(signal)) await take(needs, message);
}

async function take({ db, queue, logger }: Needs, message: Message): Promise<void> {
  for (const bad of read(message, logger)) {
    await suppress(db, bad, new Date());
    logger.warn(`An address gets no more mail: ${bad.reason}`);
  }
  await queue.forget(message);
}

function read({ MessageId, Body = '' }: Message, logger: Logger): BadAddress[] {
  try {
    return badAddresses(Body);
  } catch (error) {
    logger.error(`Message ${MessageId ?? ''} of the mail provider makes no sense`, error);
    return [];
  }
}

/**
 * Take the mail provider's events until stopped.
 * @param queueUrl see {@link openMailEvents}
 */
export function startMailEvents(db: NotifyDatabase, queueUrl: string, logger: Logger): Loop {
  const queue = openMailEvents(queueUrl);
  const needs = { db, queue, logger };
  const loop = startLoop('Mail events', PAUSE_MS, (signal) => takeMailEvents(needs, signal), logger);
  return {
    kick: () => loop.kick(),
    stop: async () => {
      await loop.stop();
      queue.close();
    },
  };
}
