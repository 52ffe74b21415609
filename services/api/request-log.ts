import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Origin } from '../../lib/accounts.ts';
import type { Logger } from '../../lib/logger.ts';
import { inRequest } from '../../lib/logging/request.ts';
import { traceIds } from '../../lib/tracing/trace.ts';
import { isHealth } from './load/admission.ts';
import { notesOf } from './request-notes.ts';

const VALID = /^[\w.:-]{1,128}$/;

/** A client's or a proxy's own id is kept where it can stand in a log. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && VALID.test(given) ? given : randomUUID();
}

/** Whoever tries what they may not do is told of with their address. */
const REFUSED = [401, 403, 429];

/**
 * Give every request an id, which its answer and whatever is logged meanwhile carry, and write one line about it at its
 * end: who asked for what, and what came of it.
 */
export function logged(
  handle: RequestListener,
  logger: Logger,
  originOf: (req: IncomingMessage) => Origin,
): RequestListener {
  return (req, res) => {
    const requestId = requestIdOf(req);
    // moleculer-web hands it on to the actions that are called.
    req.headers['x-request-id'] = requestId;
    delete req.headers['x-correlation-id'];
    res.setHeader('X-Request-Id', requestId);
    const ids = { requestId, ...traceIds() };
    const began = performance.now();
    const { address } = originOf(req);
    res.once('close', () => {
      const line = {
        ...{ method: req.method, ...notesOf(req), status: res.statusCode },
        ...(REFUSED.includes(res.statusCode) ? { address } : {}),
        durationMs: Math.round(performance.now() - began),
        ...(res.writableFinished ? {} : { aborted: true }),
        ...ids,
      };
      // Asked for every few seconds by whoever watches.
      if (isHealth(req)) logger.debug('Request', line);
      else logger.info('Request', line);
    });
    inRequest(requestId, () => handle(req, res));
  };
}
