import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'moleculer';
import type { Origin } from '../../lib/accounts.ts';
import type { Caller } from '../../lib/contracts.ts';
import { ProblemError, parse } from '../../lib/errors.ts';
import type { Authenticate } from './authenticate.ts';
import { isHealth, isUnderWay } from './load/admission.ts';
import type { Load } from './load/load.ts';
import { note } from './request-notes.ts';
import { isReading, type Call, type Endpoint, type PersonalRequest, type Reply } from './endpoint.ts';

/** What moleculer-web adds to a request. */
export type GatewayRequest = IncomingMessage & {
  $ctx: Context;
  parsedUrl: string;
  originalUrl: string;
  $params: { params: Record<string, string>; body: unknown; query: unknown };
};
export type AliasHandler = (req: GatewayRequest, res: ServerResponse, next: (error: unknown) => void) => void;

/**
 * Make an endpoint a moleculer-web alias. A handler that rejects must not do so in an async alias (that would end the
 * process), hence `next`.
 */
export function toAlias(endpoint: Endpoint, doorkeeper: Doorkeeper): AliasHandler {
  return (req, res, next) => {
    note(req, { route: endpoint.path });
    serve(endpoint, doorkeeper, req, res).catch(next);
  };
}

/** Who finds out who a request comes from, and from where. */
interface Doorkeeper {
  authenticate: Authenticate;
  originOf: (req: IncomingMessage) => Origin;
  load: Pick<Load, 'carry'>;
}

async function serve(
  endpoint: Endpoint,
  { authenticate, originOf, load }: Doorkeeper,
  req: GatewayRequest,
  res: ServerResponse,
): Promise<void> {
  const { params, body, query } = req.$params;
  const ask: Call = (action, actionParams, on) =>
    load.carry(action, false, () => req.$ctx.call(action, actionParams, on));
  const known = endpoint.access === 'anyone' ? {} : { caller: await admit(endpoint, authenticate, req, ask) };
  const request = {
    ...known,
    req,
    res,
    params,
    origin: originOf(req),
    body: endpoint.body ? parse(endpoint.body, jsonBody(req, body)) : undefined,
    query: endpoint.query ? parse(endpoint.query, query) : undefined,
    call: callsOf(req, load),
  };
  send(res, await endpoint.handle(request as PersonalRequest));
}

/** Only the first call may be refused: with the second, something has been done that would be lost. */
function callsOf(req: GatewayRequest, load: Pick<Load, 'carry'>): Call {
  // Checks of a broker that is away wait for long; counted, they would turn people away when it is back.
  if (isHealth(req)) return (action, params, on) => req.$ctx.call(action, params, on);
  let mayRefuse = !isUnderWay(req);
  return (action, params, on) => {
    const isFirst = mayRefuse;
    mayRefuse = false;
    return load.carry(action, isFirst, () => req.$ctx.call(action, params, on));
  };
}

async function admit(endpoint: Endpoint, authenticate: Authenticate, req: IncomingMessage, call: Call) {
  const caller = await authenticate(req, call);
  note(req, { personId: caller.personId });
  if (!mayUse(caller, endpoint)) throw new ProblemError('forbidden');
  return caller;
}

function mayUse({ role, sessionId, scope }: Caller, { access, method }: Endpoint): boolean {
  if (access === 'admin' && role !== 'admin') return false;
  if (access === 'session' && sessionId === null) return false;
  return scope === 'write' || isReading(method);
}

function jsonBody(req: IncomingMessage, body: unknown): unknown {
  if (body !== undefined) return body;
  if (req.headers['content-type'] === undefined && req.headers['content-length'] === undefined) return {};
  throw new ProblemError('unsupported_media', { detail: 'Send JSON, with Content-Type: application/json' });
}

function send(res: ServerResponse, reply: Reply): void {
  // Whoever took too long was told so meanwhile.
  if (reply === 'sent' || res.headersSent) return;
  const { status, body, headers = {} } = reply;
  res.statusCode = status;
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (body === undefined) {
    res.end();
    return;
  }
  const json = JSON.stringify(body);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(json));
  res.end(json);
}
