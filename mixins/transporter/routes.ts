import type { ChannelModel } from 'amqplib';
import type { Packet } from 'moleculer';
import { exchangesOf, exchangeTo } from '../../lib/broker/names.ts';
import { roleOfAction, roleOfNode, SHARED, type AnyRole } from '../../lib/broker/roles.ts';

/** An exchange, and the routing key under which it hands a packet on. */
export interface Route {
  exchange: string;
  key: string;
}

/** Everything through one exchange that reaches every queue by its name: RabbitMQ's default one. */
const DEFAULT = '';

/**
 * The way of a packet: by the exchange of its kind to everybody, or to one queue. To a queue, a user that all services
 * share goes by the default exchange, as processes did before roles had users; a role's user goes by the exchange of
 * whoever is addressed.
 * @param own the role of this process
 * @param topic the name of the exchange, or of the queue
 * @param isBalanced whether it is for whichever replica is free
 */
export function routeOf(
  { prefix, own }: { prefix: string; own: AnyRole },
  topic: string,
  { type, target, payload }: Packet.Packet<Packet.PacketPayload>,
  isBalanced: boolean,
): Route {
  const isForOne = typeof target === 'string';
  if (!isForOne && !isBalanced) return { exchange: topic, key: '' };
  if (own === SHARED) return { exchange: DEFAULT, key: topic };
  const role = isForOne ? roleOfNode(target) : roleOfAction(nameIn(payload));
  return routeFrom(prefix, role, type === 'REQ', topic);
}

/** The way by which packets come to a queue, beside the default exchange. */
export const routeFrom = (prefix: string, role: AnyRole, isRequest: boolean, queue: string): Route => ({
  exchange: exchangeTo(prefix, role, isRequest),
  key: queue,
});

/**
 * The answer to a packet that names no sender. There is no exchange for answers: publishing to it would end the
 * connection, and the request would come again and end the next one.
 */
export const isForNobody = ({ type, target }: Packet.Packet<Packet.PacketPayload>) =>
  (type === 'RES' || type === 'PONG') && typeof target !== 'string';

/** Whether an action is one of those that every process has: each asks itself, as it believes nobody else in this. */
export const isInternal = (action: string) => action.startsWith('$');

/**
 * Make sure that the exchanges are there: sending to one that is not would end the connection.
 * @param own a role's user may not declare them; they come with the broker's definitions
 * @throws Error when they are not there and can't be declared
 */
export async function prepareExchanges(
  connection: ChannelModel,
  { prefix, own }: { prefix: string; own: AnyRole },
): Promise<void> {
  const channel = await connection.createChannel();
  // What goes wrong is told by the promises.
  channel.on('error', () => undefined);
  const prepare = ({ name, type }: { name: string; type: string }) =>
    own === SHARED ? channel.assertExchange(name, type) : channel.checkExchange(name);
  try {
    await Promise.all(exchangesOf(prefix).map(prepare));
  } catch (cause) {
    if (own === SHARED) throw cause;
    const detail = 'RabbitMQ lacks what its definitions declare (docs/operations.md, users of the broker)';
    throw new Error(detail, { cause });
  }
  await channel.close();
}

/** The name of what a balanced packet asks for. */
const nameIn = (payload: Packet.PacketPayload) =>
  'action' in payload && typeof payload.action === 'string' ? payload.action : '';
