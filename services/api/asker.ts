import type { IncomingMessage } from 'node:http';
import type { Origin } from '../../lib/accounts.ts';
import type { PersonalRequest } from './endpoint.ts';

const MAX_USER_AGENT = 500;

/** Where a request comes from. */
function originOf(req: IncomingMessage): Origin {
  const address = req.socket.remoteAddress;
  const userAgent = req.headers['user-agent']?.slice(0, MAX_USER_AGENT);
  return {
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

/** Who asks for something about their own account, and from where. */
export const asker = ({ caller, req }: PersonalRequest): { personId: string; origin: Origin } => ({
  personId: caller.personId,
  origin: originOf(req),
});
