import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ProblemError } from '../../lib/errors.ts';

/** A proxy may go by the one that we don't. */
const atMostOnce = ['host', 'authorization'];

/**
 * Refuse what a proxy before us may take for another request than we do; what Node's parser can't read is refused by
 * itself. OPTIONS means OPTIONS: moleculer-web would do what Access-Control-Request-Method names instead, or GET, although
 * browsers send that for any page without asking.
 * @param refuse answers with a problem
 */
export function unambiguous(
  handle: RequestListener,
  refuse: (req: IncomingMessage, res: ServerResponse, error: unknown) => void,
): RequestListener {
  return (req, res) => {
    if (req.method === 'OPTIONS') req.headers['access-control-request-method'] = req.method;
    const fault = faultOf(req);
    if (fault === undefined) handle(req, res);
    else {
      // What comes after it on this connection may be part of it.
      res.setHeader('Connection', 'close');
      refuse(req, res, new ProblemError('bad_request', { detail: fault }));
    }
  };
}

function faultOf({ headersDistinct, httpVersion }: IncomingMessage): string | undefined {
  const repeated = atMostOnce.find((name) => (headersDistinct[name]?.length ?? 0) > 1);
  if (repeated) return `Send ${repeated} once`;
  // RFC 9112, section 6.1: its framing is faulty.
  if (httpVersion === '1.0' && headersDistinct['transfer-encoding'])
    return 'HTTP/1.0 knows no Transfer-Encoding';
  return undefined;
}
