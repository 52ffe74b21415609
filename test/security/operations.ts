import { randomBytes, randomUUID } from 'node:crypto';
import type { ApiDocument } from '../support/api-contract.ts';

/** What a caller has to be allowed to, as the API document says it; null: nothing. */
export type Right = 'read' | 'write' | 'session' | 'admin';

export interface Operation {
  id: string;
  method: string;
  /** With parameters in braces. */
  path: string;
  right: Right | null;
}

/** Every operation of a system, by its own API document. */
export async function operationsOf(url: string): Promise<Operation[]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security }]) => ({
      ...{ id: operationId, method: method.toUpperCase(), path, right: rightOf(operationId, security) },
    })),
  );
}

function rightOf(id: string, security: object[] | undefined): Right | null {
  // Without `security` an operation takes what the document as a whole asks for, which is nothing.
  if (!security) throw new Error(`The API document does not say who may use ${id}`);
  const [needs] = security as { token: Right[] }[];
  if (!needs) return null;
  const [right, ...more] = needs.token;
  if (!right || more.length > 0 || security.length > 1) throw new Error(`Which right does ${id} need?`);
  return right;
}

/** Whether an operation is about one thing, which somebody has. */
export const isAboutOne = ({ path }: Operation): boolean => path.includes('{');

/** What stands for the parameters of paths, by the beginning of the path and the parameter's name. */
export type Names = Record<string, Record<string, string>>;

/** The things that nobody has. */
export const nowhere: Names = {
  '/': {
    id: randomUUID(),
    linkId: randomUUID(),
    deliveryId: randomUUID(),
    index: '1',
    topic: 'video.failed',
  },
  '/links/': { secret: randomBytes(32).toString('base64url') },
  '/exports/': { secret: randomBytes(32).toString('base64url') },
  '/unsubscribe/': { token: randomBytes(32).toString('base64url') },
};

/**
 * The path of a request.
 * @throws Error for a parameter that has no name: a new kind of thing needs one
 */
export function fill({ path, id }: Pick<Operation, 'path' | 'id'>, names: Names): string {
  const fits = Object.keys(names).filter((start) => path.startsWith(start));
  const [longest = ''] = fits.sort((a, b) => b.length - a.length);
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[longest]?.[name];
    if (value === undefined) throw new Error(`Nothing is named ${name} in the path of ${id}`);
    return value;
  });
}

const json = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const tus = { 'tus-resumable': '1.0.0' };

/** What is sent where something has to be, so that nobody is refused for a fault that has nothing to do with them. */
const bodies: Record<string, RequestInit> = {
  changeWebhook: json({ enabled: false }),
  extractAgain: json({ recipe: { select: { mode: 'count', count: 1 } } }),
  createLink: json({ expiresSeconds: 60 }),
  completeDirectUpload: json({ parts: [] }),
  getUpload: { headers: tus },
  giveUpUpload: { headers: tus },
  overrideUpload: { headers: { ...tus, 'x-http-method-override': 'DELETE' } },
  continueUpload: {
    body: 'more',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
  },
  adminSetRole: json({ role: 'user' }),
  adminSetQuotas: json({}),
};

/** A request of this operation, as far as it does not depend on who sends it. */
export function requestOf(operation: Operation, headers: Record<string, string>): RequestInit {
  const { headers: own, ...body } = bodies[operation.id] ?? {};
  const all = { 'accept-encoding': 'gzip, br', ...(own as Record<string, string> | undefined), ...headers };
  return { method: operation.method, redirect: 'manual', ...body, headers: all };
}
