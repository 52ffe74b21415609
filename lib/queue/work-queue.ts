import type { Message, Topic } from '../contracts.ts';

/** Does the work of one message. Resolving acknowledges it; throwing has it delivered again, after a pause. */
export type Handler<T extends Topic> = (message: Message<T>, signal: AbortSignal) => Promise<void>;

export interface ConsumeOptions {
  /** How many messages are handled at once. */
  concurrency: number;
}

/** A consumer that runs. `stop` takes no new message, aborts the handlers' signal and waits until they have settled. */
export interface Consumer {
  stop(): Promise<void>;
}

/**
 * A durable work queue: every message is delivered at least once, to one of the consumers of its topic.
 *
 * A message whose handler throws comes again with a growing pause, up to the delivery limit; then it goes to the dead
 * letters. Handlers must therefore be idempotent.
 */
export interface WorkQueue {
  /** Resolves when the queue has taken responsibility for the message. */
  publish<T extends Topic>(topic: T, message: Message<T>): Promise<void>;
  consume<T extends Topic>(topic: T, options: ConsumeOptions, handler: Handler<T>): Promise<Consumer>;
  /** How many messages wait for a consumer (those being handled are not counted). */
  depth(topic: Topic): Promise<number>;
  count(topic: Topic): Promise<QueueCounts>;
  /** Messages that were given up, oldest first; at most `limit` (1000 when it isn't said). */
  deadLetters(topic: Topic, limit?: number): Promise<DeadLetter[]>;
  /**
   * Have dead letters delivered again, as often as new messages. None is lost on the way: a crash in between may leave
   * one in both places.
   * @param id of one of them; without it, all that are there now
   * @returns how many were put back
   */
  requeueDead(topic: Topic, id?: string): Promise<number>;
  /**
   * Delete dead letters for good.
   * @param id of one of them; without it, all
   * @returns how many are gone
   */
  purgeDead(topic: Topic, id?: string): Promise<number>;
  close(): Promise<void>;
}

/** How many messages of a topic are where. */
interface QueueCounts {
  /** For a consumer. */
  waiting: number;
  /** For the end of the pause after a failed delivery. */
  retrying: number;
  dead: number;
}

/** A message that was given up. */
export interface DeadLetter {
  topic: Topic;
  /** The message's id; a digest of the content where it has none. */
  id: string;
  /** The message, or whatever else came in its place: parsed where it is JSON, else its text. */
  message: unknown;
  /** Whether it is a valid message of its topic; another one would be given up again. */
  valid: boolean;
  /** Why it was given up. */
  reason: string;
  /** When it was given up (ISO 8601), where that is known. */
  diedAt: string | null;
  /** How often it was delivered, where that is known. */
  deliveries: number | null;
}

/** How many dead letters are looked at when nobody says how many. */
export const DEAD_LETTERS = 1000;

/** How often and how patiently a message is delivered. */
export interface DeliveryPolicy {
  maxDeliveries: number;
  /** The pause before delivery `n` (2, 3, …), in milliseconds. */
  backoffMs(n: number): number;
}

export const defaultPolicy: DeliveryPolicy = {
  maxDeliveries: 10,
  backoffMs: (n) => Math.min(1000 * 2 ** (n - 2), 60_000),
};
