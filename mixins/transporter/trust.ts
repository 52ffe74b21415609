import type { Packet } from 'moleculer';
import { mayCall, roleOfAction, roleOfNode, roleOfUser, SHARED } from '../../lib/broker/roles.ts';
import { isInternal } from './routes.ts';

/**
 * Whether a packet may be what it says: it was sent by the user of the role that its sender's name tells (RabbitMQ
 * refuses to carry another user's name), a request is for an action that this role may call, and an answer comes from
 * the role that was asked.
 * @param userId who has sent it, in RabbitMQ's word
 */
export function isBelievable(
  { namespace, transit }: { namespace: string; transit: Asking },
  { type, payload }: Packet.Packet<Packet.PacketPayload>,
  userId: unknown,
): boolean {
  const { sender } = payload;
  if (typeof sender !== 'string' || typeof userId !== 'string') return false;
  const role = roleOfNode(sender);
  if (roleOfUser(namespace, userId) !== role) return false;
  if (type === 'REQ') return mayCall(role, (payload as Packet.PacketRequestPayload).action);
  return type !== 'RES' || isFromWhoWasAsked(transit, (payload as Packet.PacketResponsePayload).id, sender);
}

/** What is looked at of Moleculer's transit; its types tell otherwise of what waits for an answer. */
interface Asking {
  nodeID: string;
  pendingRequests: { get(id: string): unknown };
}
interface Asked {
  action?: { name?: string };
  nodeID: string | null;
}

function isFromWhoWasAsked(transit: Asking, id: string, sender: string): boolean {
  const asked = transit.pendingRequests.get(id) as Asked | undefined;
  // Nobody waits for it any more.
  if (!asked) return true;
  const name = asked.action?.name ?? '';
  if (asked.nodeID !== null) return asked.nodeID === sender;
  if (isInternal(name)) return transit.nodeID === sender;
  const [owner, role] = [roleOfAction(name), roleOfNode(sender)];
  return role === SHARED || owner === SHARED || owner === role;
}
