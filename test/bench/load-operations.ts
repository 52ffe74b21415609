import { Agent, request, type IncomingMessage } from 'node:http';

export const names = ['login', 'list', 'show', 'watch', 'download', 'upload'] as const;
export type OperationName = (typeof names)[number];

/** Of a hundred requests. */
const SHARES: Record<OperationName, number> = {
  login: 5,
  list: 40,
  show: 30,
  watch: 10,
  download: 14,
  upload: 1,
};

/** Somebody with a finished video. */
export interface Visitor {
  email: string;
  password: string;
  token: string;
  videoId: string;
  /** From where; each from another network, as people are. */
  address: string;
}

/** Choose by the shares. @param random from 0 to 1 */
export function choose(random: number): OperationName {
  let rest = random * 100;
  return names.find((name) => (rest -= SHARES[name]) < 0) ?? 'list';
}

const TIMEOUT_MS = 15_000;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

interface Wanted {
  method: string;
  path: string;
  body?: Buffer;
  headers?: Record<string, string>;
  /** Done with the first bytes; what comes later is not waited for. */
  isStream?: boolean;
}

/** What one person does. @param clip the bytes that are uploaded, followed by a number that makes each unique */
function wantedOf(name: OperationName, visitor: Visitor, clip: Buffer): Wanted {
  const { email, password, videoId } = visitor;
  const json = { 'content-type': 'application/json' };
  const unique = () => Buffer.concat([clip, Buffer.from(String(Math.random()))]);
  const recipe = encodeURIComponent(JSON.stringify({ select: { mode: 'count', count: 1 } }));
  const wanted: Record<OperationName, () => Wanted> = {
    login: () => ({
      method: 'POST',
      path: '/login',
      headers: json,
      body: Buffer.from(JSON.stringify({ email, password })),
    }),
    list: () => ({ method: 'GET', path: '/video' }),
    show: () => ({ method: 'GET', path: `/video/${videoId}` }),
    watch: () => ({ method: 'GET', path: '/events', isStream: true }),
    download: () => ({ method: 'GET', path: `/video/${videoId}/download` }),
    upload: () => ({
      method: 'POST',
      path: `/video?filename=clip.mp4&recipe=${recipe}`,
      headers: { 'content-type': 'video/mp4' },
      body: unique(),
    }),
  };
  return wanted[name]();
}

/** @returns the status; 0 when there was no answer, or not all of it in time */
export function perform(name: OperationName, visitor: Visitor, url: string, clip: Buffer): Promise<number> {
  const { method, path, body, headers, isStream } = wantedOf(name, visitor, clip);
  return new Promise((resolve) => {
    const req = request(`${url}${path}`, {
      method,
      agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${visitor.token}`,
        'x-forwarded-for': visitor.address,
        ...(body ? { 'content-length': body.length } : {}),
        ...headers,
      },
    });
    req.on('error', () => resolve(0));
    req.on('response', (response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      response.on('error', () => resolve(0));
      response.on('end', () => resolve(status));
      response.once('data', () => {
        if (!isStream || status !== 200) return;
        resolve(status);
        response.destroy();
      });
    });
    req.end(body);
  });
}
