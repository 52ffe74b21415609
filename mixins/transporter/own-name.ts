import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Middleware, Packet, ServiceBroker, Transit } from 'moleculer';
import { nodeNameOf, SHARED, type AnyRole } from '../../lib/broker/roles.ts';
import { metrics } from '../../lib/metrics.ts';

/**
 * A name for this process among the others: the machine and the process id, for people, and what no other start has.
 * In a container the first two are the same after each restart, and a new process would take the last words of the old
 * one for those of a namesake.
 * @param role that of the process's user at RabbitMQ
 */
export const ownName = (role: AnyRole = SHARED) =>
  nodeNameOf(role, `${hostname().toLowerCase()}-${process.pid}-${randomBytes(2).toString('hex')}`);

/**
 * Drop what others send under this process's own name. Moleculer ends a process that hears of another one with its
 * name, so that a single packet of a stranger would end it; but no two starts have the same name, and so it is a lie.
 * @param name what this process is called, if it was made by {@link ownName}. Where somebody gave it another name, two
 *   can honestly have the same, and Moleculer has its way
 */
export function onlyOneOfThisName(name: string): Middleware {
  let isTold = false;
  const drop = (broker: ServiceBroker) => {
    metrics.forgedPackets.inc();
    if (!isTold) broker.logger.warn(`Somebody writes to the broker under the name of this process, ${name}`);
    isTold = true;
  };
  function guard(this: Transit, next: Handler): Handler {
    const { broker, nodeID, instanceID } = this;
    if (nodeID !== name) return next;
    return (cmd, packet) => {
      if (!isNamesake(cmd, packet, { nodeID, instanceID })) return next(cmd, packet);
      drop(broker);
      return Promise.resolve(false);
    };
  }
  // The type that Moleculer gives to this hook is that of a packet's handling.
  return { name: 'only-one-of-this-name', transitMessageHandler: guard as unknown as Hook };
}

type Handler = (cmd: string, packet: Packet.Packet<Packet.PacketPayload>) => Promise<boolean>;
type Hook = NonNullable<Middleware['transitMessageHandler']>;

/** Whether a packet tells of another process with our name; what this process itself has sent comes back, too. */
function isNamesake(
  cmd: string,
  { payload }: Packet.Packet<Packet.PacketPayload>,
  own: { nodeID: string; instanceID: string },
): boolean {
  if (cmd !== 'INFO') return false;
  const { sender, instanceID } = payload as Packet.PacketInfoPayload;
  return sender === own.nodeID && instanceID !== own.instanceID;
}
