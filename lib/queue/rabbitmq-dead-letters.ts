import { createHash } from 'node:crypto';
import type { Channel, GetMessage, MessageProperties, Options } from 'amqplib';
import type { Topic } from '../contracts.ts';
import { parse } from './rabbitmq-consumer.ts';
import type { DeadLetter } from './work-queue.ts';

/** How many handlers have thrown on this message so far. */
export const DELIVERIES = 'deliveries';
/** Why and when we have given it up. */
const ERROR = 'error';
const DIED_AT = 'died-at';

/** What a message keeps wherever it goes. */
export const identity = ({ messageId, contentType }: Options.Publish) => ({ messageId, contentType });

/** The headers of a message that is given up now. */
export const obituary = (properties: MessageProperties, error: unknown): Record<string, unknown> => ({
  ...properties.headers,
  [ERROR]: String(error).slice(0, 1000),
  [DIED_AT]: new Date().toISOString(),
});

/** Looking for one dead letter goes through so many at most. */
const SEARCHED = 10_000;
/** As many are moved at a time: a move must be done within seconds. */
export const BATCH = 200;

/**
 * Look at dead letters without acknowledging them: closing the channel puts them back.
 * @param queue the name of the queue of dead letters
 */
export async function peek(
  channel: Channel,
  topic: Topic,
  queue: string,
  limit: number,
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  await channel.checkQueue(queue);
  while (letters.length < limit) {
    const found = await channel.get(queue);
    if (!found) break;
    letters.push(letterOf(topic, found));
  }
  // RabbitMQ puts what was returned once behind what was returned before.
  return letters.sort((a, b) => Date.parse(a.diedAt ?? '') - Date.parse(b.diedAt ?? '') || 0);
}

/**
 * Take dead letters out, one after the other. Each is acknowledged after `store` has resolved; when that rejects, or
 * the process dies, it stays.
 * @param wanted which one, or how many of the oldest
 * @returns how many were taken
 */
export async function take(
  channel: Channel,
  topic: Topic,
  queue: string,
  wanted: { id: string } | { count: number },
  store: (letter: GetMessage) => Promise<void>,
): Promise<number> {
  await channel.checkQueue(queue);
  const most = 'count' in wanted ? wanted.count : SEARCHED;
  for (let looked = 0; looked < most; looked += 1) {
    const found = await channel.get(queue);
    if (!found) return 'count' in wanted ? looked : 0;
    if ('id' in wanted && letterOf(topic, found).id !== wanted.id) continue;
    await store(found);
    channel.ack(found);
    if ('id' in wanted) return 1;
  }
  return 'count' in wanted ? most : 0;
}

function letterOf(topic: Topic, found: GetMessage): DeadLetter {
  const parsed = parse(topic, found);
  const valid = !(parsed instanceof Error);
  const messageId: unknown = found.properties.messageId;
  const ownId = valid ? parsed.id : typeof messageId === 'string' && messageId !== '' ? messageId : undefined;
  const id = ownId ?? createHash('sha256').update(found.content).digest('hex').slice(0, 32);
  return { topic, id, message: valid ? parsed : contentOf(found), valid, ...deathOf(found) };
}

/** What is no message may be long, or no text at all. */
function contentOf({ content }: GetMessage): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return content.toString().slice(0, 2000);
  }
}

/** What RabbitMQ notes about a message that it has moved by itself, the latest move first. */
interface Death {
  reason?: unknown;
  time?: { value?: unknown };
}

/** A letter that we have buried says so; one that killed its consumers was moved by RabbitMQ. */
function deathOf({ properties }: GetMessage): Pick<DeadLetter, 'reason' | 'diedAt' | 'deliveries'> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  if (typeof headers[ERROR] === 'string') {
    const diedAt = headers[DIED_AT];
    return {
      reason: headers[ERROR],
      diedAt: typeof diedAt === 'string' ? diedAt : null,
      deliveries: Number(headers[DELIVERIES] ?? 0) + 1,
    };
  }
  const [death] = Array.isArray(headers['x-death']) ? (headers['x-death'] as Death[]) : [];
  const seconds = death?.time?.value;
  return {
    reason: typeof death?.reason === 'string' ? `RabbitMQ: ${death.reason}` : 'unknown',
    diedAt: typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : null,
    deliveries: null,
  };
}
