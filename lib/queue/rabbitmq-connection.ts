import { once } from 'node:events';
import { connect } from 'amqp-connection-manager';
import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from '../logger.ts';
import { explainTls } from '../tls-fault.ts';

const HEARTBEAT_SECONDS = 5;
const RECONNECT_SECONDS = 1;
const CONNECT_MS = 10_000;
const LOOK_MS = 10_000;
const CLOSE_MS = 5000;

/** One connection to the broker that comes back by itself. */
export interface Connection {
  /** The connection as soon as there is one. */
  connected(signal?: AbortSignal): Promise<ChannelModel>;
  /** Run something short on a channel of its own; rejects when it takes too long, which may be for want of a connection. */
  withChannel<T>(what: string, work: (channel: Channel) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Connect, and reconnect whenever the connection is lost. Only the connection is left to amqp-connection-manager: when
 * one of its channels is closed, it takes the whole connection down, and it doesn't see messages that the broker returns.
 */
export function connectTo(url: string, logger: Logger): Connection {
  const manager = connect([url], {
    heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
    reconnectTimeInSeconds: RECONNECT_SECONDS,
    connectionOptions: { timeout: CONNECT_MS, noDelay: true },
  });
  const closing = new AbortController();
  let up = true;
  const isDown = ({ err }: { err: Error | undefined }) => {
    if (up) logger.warn('The connection to RabbitMQ is lost and tried again', explainTls(err, 'AMQP_URL'));
    up = false;
  };
  manager.on('disconnect', isDown).on('connectFailed', isDown);
  manager.on('connect', () => {
    if (!up) logger.info('The connection to RabbitMQ is back');
    up = true;
  });

  const connected = async (signal?: AbortSignal) => {
    const given = signal ? [signal, closing.signal] : [closing.signal];
    while (!manager.connection) await once(manager, 'connect', { signal: AbortSignal.any(given) });
    return manager.connection;
  };
  return {
    connected,
    withChannel: (what, work) =>
      within(LOOK_MS, what, async (late) => {
        const channel = listened(await (await connected(late)).createChannel(), logger);
        try {
          return await work(channel);
        } finally {
          await closeChannel(channel);
        }
      }),
    close: () => {
      closing.abort(new Error('The connection to RabbitMQ is closed'));
      return within(CLOSE_MS, 'Closing the connection', () => manager.close()).catch((error: unknown) => {
        logger.warn('RabbitMQ does not close the connection', error);
      });
    },
  };
}

/** A channel's error would otherwise be thrown into the connection and end it. */
export function listened<C extends Channel>(channel: C, logger: Logger): C {
  return channel.on('error', (error) => logger.debug('RabbitMQ has closed a channel', error));
}

/** Close a channel, which gives back what it has not acknowledged; one that is closed already is no error. */
export async function closeChannel(channel: Channel): Promise<void> {
  await within(CLOSE_MS, 'Closing the channel', () => channel.close()).catch(() => undefined);
}

/**
 * Bound something that can wait for the broker for ever.
 * @param work gets a signal that is aborted when it is too late
 * @throws Error when the work takes longer
 */
export async function within<T>(
  ms: number,
  what: string,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`${what} took more than ${ms} ms`);
    expired.reject(error);
    late.abort(error);
  }, ms);
  try {
    return await Promise.race([work(late.signal), expired.promise]);
  } finally {
    clearTimeout(timer);
  }
}
