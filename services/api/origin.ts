import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from 'proxy-addr';
import type { Origin } from '../../lib/accounts.ts';

const MAX_USER_AGENT_LENGTH = 500;

/**
 * Find out where requests come from. Proxies that are trusted say so in X-Forwarded-For; the word of anybody else is
 * not taken, because a client can send that header, too.
 * @param trusted how many proxies stand before the gateway, or the networks (CIDR, or a name of proxy-addr) they are in
 */
export function createOriginOf(trusted: number | readonly string[]): (req: IncomingMessage) => Origin {
  const trust =
    typeof trusted === 'number'
      ? (_address: string, distance: number) => distance < trusted
      : proxyAddress.compile([...trusted]);
  return (req) => {
    const address = addressOf(req, trust);
    const userAgent = printable(req.headers['user-agent'] ?? '');
    return { ...(address ? { address } : {}), ...(userAgent ? { userAgent } : {}) };
  };
}

function addressOf(req: IncomingMessage, trust: (address: string, distance: number) => boolean) {
  const direct = req.socket.remoteAddress;
  // The connection is gone already: there is nobody to answer to.
  if (direct === undefined) return undefined;
  const told = proxyAddress(req, trust);
  const address = isIP(told) === 0 ? direct : told;
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Headers may hold any byte above 127; what is shown and mailed later should hold none that is not text. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_USER_AGENT_LENGTH);
}
