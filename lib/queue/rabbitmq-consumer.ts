import { setTimeout as pause } from 'node:timers/promises';
import type { ConsumeMessage } from 'amqplib';
import { topics, type Message, type Topic } from '../contracts.ts';
import type { Logger } from '../logger.ts';
import type { Session } from './rabbitmq-session.ts';
import type { Consumer, Handler } from './work-queue.ts';

const REOPEN_MS = 1000;
const REMEMBERED = 1000;

/** What a consumer does around its handler. */
export interface ConsumerPort {
  openSession(stopping: AbortSignal): Promise<Session>;
  /** A handler threw: have the message delivered again after a pause, or give it up. Rejects when that isn't stored. */
  retry(delivery: ConsumeMessage, error: unknown): Promise<void>;
  /** Give a message up. Rejects when that isn't stored. */
  bury(delivery: ConsumeMessage, error: unknown): Promise<void>;
  logger: Logger;
}

/** A message that is being handled, and where it will be acknowledged. */
interface Job {
  session: Session;
  delivery: ConsumeMessage;
}

/**
 * Consume with as many workers as messages may be handled at once, each with a session of its own.
 *
 * A handler can outlive its session: the broker restarts, or closes the channel because the job takes longer than its
 * consumer timeout. The message is then delivered again. When it comes back to this consumer it isn't handled a second
 * time: while the handler runs, the new delivery (with its session) is handed to it, to be acknowledged at its end; and
 * when the handler has succeeded, it is acknowledged at once. Other processes see it again: handlers are idempotent.
 */
export function startConsumer<T extends Topic>(
  topic: T,
  concurrency: number,
  handler: Handler<T>,
  port: ConsumerPort,
): Consumer {
  const stopping = new AbortController();
  const running = new Map<string, Job>();
  const succeeded = createMemory(REMEMBERED);

  const handle = async (message: Message<T>, job: Job): Promise<void> => {
    running.set(message.id, job);
    const failure = await failureOf(() => handler(message, stopping.signal));
    if (running.get(message.id) === job) running.delete(message.id);
    if (!failure) succeeded.add(message.id);
    await settle(job, failure && (() => port.retry(job.delivery, failure.error)), port.logger);
  };

  /** @returns the session to go on with */
  const take = async (delivery: ConsumeMessage, session: Session): Promise<Session | undefined> => {
    const message = parse(topic, delivery);
    const job = { session, delivery };
    if (message instanceof Error) {
      await settle(job, () => port.bury(delivery, message), port.logger);
      return session;
    }
    const earlier = running.get(message.id);
    if (delivery.fields.redelivered && earlier?.session.isLost()) {
      Object.assign(earlier, job);
      return undefined;
    }
    if (delivery.fields.redelivered && succeeded.has(message.id)) session.ack(delivery);
    else await handle(message, job);
    return job.session;
  };

  const work = async () => {
    let session: Session | undefined;
    while (!stopping.signal.aborted) {
      session ??= await open(port, stopping.signal);
      const delivery = await session?.next();
      if (session && delivery) session = await take(delivery, session);
      if (session?.isLost()) {
        await session.close();
        session = undefined;
      }
    }
    await session?.close();
  };

  const workers = Promise.all(Array.from({ length: concurrency }, work));
  return {
    stop: async () => {
      stopping.abort();
      await workers;
    },
  };
}

/** A session as soon as there can be one; undefined when the consumer stops before. */
async function open(port: ConsumerPort, stopping: AbortSignal): Promise<Session | undefined> {
  const opening = port.openSession(stopping);
  const stopped = Promise.withResolvers<undefined>();
  const stop = () => stopped.resolve(undefined);
  stopping.addEventListener('abort', stop, { once: true });
  try {
    const session = await Promise.race([opening, stopped.promise]);
    if (!session) void opening.then((late) => late.close()).catch(() => undefined);
    return session;
  } catch (error) {
    port.logger.warn('A consumer cannot be opened and is tried again', error);
    await pause(REOPEN_MS, undefined, { signal: stopping }).catch(() => undefined);
    return undefined;
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

/** Acknowledge a message, after storing what becomes of it. */
async function settle(job: Job, store: (() => Promise<void>) | undefined, logger: Logger): Promise<void> {
  // It comes again: a copy of it would be one too many.
  if (job.session.isLost()) return;
  try {
    await store?.();
    job.session.ack(job.delivery);
  } catch (error) {
    logger.warn('A failed message cannot be stored elsewhere and is given back', error);
    job.session.giveBack(job.delivery);
  }
}

async function failureOf(work: () => Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** @returns the message, or an Error that tells why it isn't one */
export function parse<T extends Topic>(topic: T, { content }: { content: Buffer }): Message<T> | Error {
  try {
    return topics[topic].parse(JSON.parse(content.toString())) as Message<T>;
  } catch (cause) {
    return new Error(`This is no message for ${topic}: ${String(cause)}`, { cause });
  }
}

/** Remembers the latest so many. */
function createMemory(size: number) {
  const ids = new Set<string>();
  return {
    has: (id: string) => ids.has(id),
    add: (id: string) => {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > size && oldest !== undefined) ids.delete(oldest);
    },
  };
}
