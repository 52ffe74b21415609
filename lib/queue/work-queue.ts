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
  /** Messages that were given up, oldest first. */
  deadLetters(topic: Topic): Promise<Message[]>;
  close(): Promise<void>;
}

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
