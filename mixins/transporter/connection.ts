import amqp, { type Channel, type ChannelModel } from 'amqplib';
import type { Logger } from '../../lib/logger.ts';
import { explainTls } from '../../lib/tls-fault.ts';

/**
 * A peer that is silent for two of these is dead. That must be well within the time that callers wait: only then are
 * the requests of a frozen process given to another one in time.
 */
const HEARTBEAT_SECONDS = 5;
const CONNECT_MS = 10_000;

/**
 * How many requests one process has in hand, for each action. Requests spend their time waiting for a database, so
 * one at a time would leave a process idle; a high number would let one process keep what another is free to do.
 * The limit is not one for all actions together: actions that wait for other actions of the process could use it up.
 */
const PREFETCH = 20;

/**
 * Connect to RabbitMQ.
 * @param url `amqp://user:password@host:port/vhost`, or `amqps:` for TLS; its `?heartbeat=` seconds count, if it has that
 * @param name what an operator sees in RabbitMQ's list of connections
 * @param onClose called once, when the connection has come to its end, whatever ended it
 */
export async function openConnection(
  url: string,
  name: string,
  logger: Logger,
  onClose: (error: Error, connection: ChannelModel) => void,
): Promise<ChannelModel> {
  const complete = new URL(url);
  if (!complete.searchParams.has('heartbeat')) {
    complete.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  }
  const connection = await amqp
    .connect(complete.href, {
      timeout: CONNECT_MS,
      // Small packets that wait to be sent together cost two thirds of the requests per second.
      noDelay: true,
      clientProperties: { connection_name: name },
    })
    .catch((error: unknown) => {
      throw explainTls(error, 'AMQP_URL');
    });
  connection.on('error', (error: unknown) => logger.warn('The connection to RabbitMQ failed', error));
  connection.once('close', (error = new Error('The connection was closed')) =>
    onClose(error as Error, connection),
  );
  return connection;
}

/**
 * Open the channel of a connection. The connection does not survive it: on an open connection nothing would bring the
 * channel back.
 * @param onClose called once, in the moment from which the channel can't be used any more
 */
export async function openChannel(
  connection: ChannelModel,
  logger: Logger,
  onClose: (channel: Channel) => void,
): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', (error: unknown) => logger.warn('RabbitMQ closed the channel', error));
  channel.once('close', () => {
    onClose(channel);
    endConnection(connection);
  });
  await channel.prefetch(PREFETCH);
  return channel;
}

/** Closing waits for the turn to end, because a connection that is ending already may still be telling its channels. */
export function endConnection(connection: ChannelModel): void {
  setImmediate(() => void connection.close().catch(() => undefined));
}
