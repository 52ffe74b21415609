import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Service, ServiceSchema } from 'moleculer';
import ApiGateway from 'moleculer-web';
import { config } from '../../lib/environment.ts';
import { ProblemError } from '../../lib/errors.ts';
import { openStore } from '../../lib/storage/index.ts';
import { toAlias, type GatewayRequest } from './alias.ts';
import { allowedMethods } from './allowed-methods.ts';
import { createAuthenticate } from './authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import { codeOf, sendProblem } from './problem.ts';
import { authEndpoints } from './routes/auth.ts';
import { directEndpoints } from './routes/direct.ts';
import { frameEndpoints } from './routes/frames.ts';
import { linkEndpoints } from './routes/links.ts';
import { reuseEndpoints } from './routes/reuse.ts';
import { systemEndpoints } from './routes/system.ts';
import { tusProtocol, uploadEndpoints } from './routes/uploads.ts';
import { videoEndpoints } from './routes/video.ts';
import { webhookEndpoints } from './routes/webhooks.ts';
import { secureHeaders } from './secure-headers.ts';
import { createGatewayServer, drainServer } from './server.ts';
import { hideSecret } from './transfer/link-secret.ts';

const store = openStore(config.storageUrl);
const endpoints = [
  ...authEndpoints,
  ...systemEndpoints,
  ...webhookEndpoints,
  ...videoEndpoints({ store, limits: config.upload }),
  ...reuseEndpoints,
  ...uploadEndpoints({ store, limits: config.upload }),
  ...frameEndpoints({ store }),
  ...directEndpoints({ store }),
  ...linkEndpoints({ store, publicUrl: config.publicUrl }),
];
const authenticate = createAuthenticate();

const aliases = (some: Endpoint[]) =>
  Object.fromEntries(some.map((it) => [`${it.method} ${it.path}`, toAlias(it, authenticate)]));

/** How moleculer-web says that no route fits; a handler's own `not_found` is something else. */
const isUnrouted = (error: unknown) => error instanceof Error && error.name === 'NotFoundError';

type Gateway = Service & { server: Server; httpHandler(req: IncomingMessage, res: ServerResponse): void };

const schema: ServiceSchema = {
  name: 'api',
  mixins: [ApiGateway as Partial<ServiceSchema>],
  settings: {
    ip: config.host,
    port: config.port,
    logRequest: 'debug',
    logResponse: 'debug',
    logRequestParams: null,
    logRouteRegistration: 'debug',
    assets: { folder: fileURLToPath(new URL('../../web/public', import.meta.url)) },
    routes: [
      {
        name: 'streams',
        path: '/',
        use: [secureHeaders, tusProtocol(config.upload)],
        bodyParsers: false,
        mergeParams: false,
        aliases: aliases(endpoints.filter(({ streams }) => streams)),
      },
      {
        name: 'json',
        path: '/',
        use: [secureHeaders],
        bodyParsers: { json: { limit: '100kb' } },
        mergeParams: false,
        aliases: aliases(endpoints.filter(({ streams, largeBody }) => !streams && !largeBody)),
      },
      {
        name: 'large json',
        path: '/',
        use: [secureHeaders],
        bodyParsers: { json: { limit: '1mb' } },
        mergeParams: false,
        aliases: aliases(endpoints.filter(({ largeBody }) => largeBody)),
      },
    ],
    onError(this: Service, req: GatewayRequest, res: ServerResponse, error: unknown) {
      if (codeOf(error) === 'internal_error')
        this.logger.error('A request failed', req.method, hideSecret(req.url), error);
      const allowed = isUnrouted(error) ? allowedMethods(endpoints, req.parsedUrl) : [];
      if (allowed.length > 0) res.setHeader('Allow', allowed.join(', '));
      sendProblem(req, res, allowed.length > 0 ? new ProblemError('method_not_allowed') : error);
    },
  },

  methods: {
    createServer(this: Gateway) {
      this.server = createGatewayServer((req, res) => this.httpHandler(req, res));
    },
    logRequest(this: Gateway, req: GatewayRequest) {
      this.logger.debug(`=> ${req.method} ${hideSecret(req.originalUrl)}`);
    },
    logResponse(this: Gateway, req: GatewayRequest, res: ServerResponse) {
      this.logger.debug(`<= ${res.statusCode} ${req.method} ${hideSecret(req.originalUrl)}`);
    },
    async drain(this: Gateway) {
      await drainServer(this.server);
    },
  },
};

export default schema;
