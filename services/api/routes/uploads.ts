import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '../../../lib/errors.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import { personal, type Endpoint } from '../endpoint.ts';
import type { UploadMethod } from '../transfer/tus/conversation.ts';
import { createTus, tusCapabilities } from '../transfer/tus/index.ts';
import { tusDocs } from '../transfer/tus/docs.ts';
import { TUS_VERSION } from '../transfer/tus/request-headers.ts';
import type { UploadLimits } from '../transfer/upload.ts';

interface UploadDependencies {
  store: ObjectStore;
  limits: UploadLimits;
}

const ALL = '/uploads';
const ONE = '/uploads/:id';
const methods = ['HEAD', 'PATCH', 'DELETE'] as const satisfies UploadMethod[];

/** The routes of resumable uploads (tus 1.0). */
export function uploadEndpoints(dependencies: UploadDependencies): Endpoint[] {
  const tus = createTus(dependencies);
  const streams = true;

  const create = personal({
    doc: tusDocs.POST,
    method: 'POST',
    path: ALL,
    streams,
    handle: (request) => tus.create(request),
  });

  const resume = (method: UploadMethod) =>
    personal({
      doc: tusDocs[method],
      method,
      path: ONE,
      streams,
      handle: (request) => tus.resume(request, method),
    });

  /** Some environments can send POST only, and say what they mean in a header. */
  const override = personal({
    doc: tusDocs.override,
    method: 'POST',
    path: ONE,
    streams,
    handle: (request) => {
      const method = methods.find((name) => name === request.req.headers['x-http-method-override']);
      if (!method) throw new ProblemError('method_not_allowed');
      return tus.resume(request, method);
    },
  });

  return [create, override, ...methods.map(resume)];
}

/**
 * Middleware: every answer to a client of the protocol names its version, errors too; and everybody may ask what is
 * spoken here. It is no route because moleculer-web takes OPTIONS for the method that a browser asks about.
 */
export function tusProtocol({ maxBytes }: Pick<UploadLimits, 'maxBytes'>) {
  const capabilities = tusCapabilities(maxBytes);
  return (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    const isOurs = /^\/uploads(?:[/?]|$)/.test(req.url ?? '');
    if (isOurs) res.setHeaders(new Headers({ 'Tus-Resumable': TUS_VERSION, 'Tus-Version': TUS_VERSION }));
    if (isOurs && req.method === 'OPTIONS') res.writeHead(204, capabilities).end();
    else next();
  };
}
