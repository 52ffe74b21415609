import type { IncomingMessage, RequestListener } from 'node:http';
import { overloaded, type Load } from './load.ts';

/** Whoever watches the system must hear from it when it is loaded most of all. */
const HEALTH = '/health/';
/** Going on with an upload frees what it holds; refusing it would waste what has arrived. */
const UNDER_WAY = /^\/(?:uploads|video\/direct)\/[^/?]/;

/** Whether a request only asks how the system is: it is never refused, and what it waits for is no load of others. */
export const isHealth = ({ url = '' }: IncomingMessage): boolean => url.startsWith(HEALTH);

/** Whether a request goes on with something that was accepted before: it goes before new work. */
export const isUnderWay = ({ url = '' }: IncomingMessage): boolean => UNDER_WAY.test(url);

/**
 * Refuse new requests while the system has more than it can do, before anything is done for them. What is under way is
 * never refused.
 * @param refuse answers with a problem
 */
export function admission(
  load: Pick<Load, 'admit'>,
  handle: RequestListener,
  refuse: (...request: [...Parameters<RequestListener>, error: unknown]) => void,
): RequestListener {
  return (req, res) => {
    if (isHealth(req) || isUnderWay(req) || load.admit()) handle(req, res);
    else refuse(req, res, overloaded());
  };
}
