import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Service, ServiceSchema } from 'moleculer';
import ApiGateway from 'moleculer-web';
import { config } from '../../lib/environment.ts';
import { ProblemError } from '../../lib/errors.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import type { JudgedPlaces } from '../../lib/places.ts';
import { hideSecret } from '../../lib/link-secret.ts';
import { openStore } from '../../lib/storage/index.ts';
import { toAlias, type GatewayRequest } from './alias.ts';
import { allowedMethods } from './allowed-methods.ts';
import { createAuthenticate } from './authenticate.ts';
import { createEndedSessions } from './ended-sessions.ts';
import type { Call, Endpoint } from './endpoint.ts';
import { createHub, type Hub } from './events/hub.ts';
import { createNotificationSource } from './events/notification-source.ts';
import { createVideoSource } from './events/video-source.ts';
import { measured } from './measure.ts';
import { createOriginOf } from './origin.ts';
import { listen } from './listen.ts';
import { admission } from './load/admission.ts';
import { createLoad, LOOK_MS } from './load/load.ts';
import { watchPressure } from './load/pressure.ts';
import { createShedTeller, TELL_MS } from './load/tell-shed.ts';
import { createPlaces, type Places } from './places/places.ts';
import { createSlowRequests } from './places/slow-requests.ts';
import { servePage } from './page-assets.ts';
import { codeOf, sendProblem } from './problem.ts';
import { EVENTS_PATH } from './routes/events.ts';
import { allEndpoints } from './routes/index.ts';
import { tusProtocol } from './routes/uploads.ts';
import { logged } from './request-log.ts';
import { notesOf } from './request-notes.ts';
import { secured } from './secure-headers.ts';
import { createGatewayServer, drainServer } from './server.ts';
import { traced } from './traced.ts';
import { unambiguous } from './unambiguous.ts';

const store = openStore(config.storageUrl);
const ended = createEndedSessions();
const authenticate = createAuthenticate(ended);
const load = createLoad({ ...config.load, clock: () => performance.now(), random: Math.random });
const originOf = createOriginOf(config.trustedProxies);
const doorkeeper = { authenticate, originOf, load };
const protocol = tusProtocol(config.upload);
let hub: Hub;
let places: Places;
/** Whoever waits for `auth` no longer than this has a place. */
const COUNTING_MS = 2000;
const slow = createSlowRequests({
  take: (place) => places.take(place),
  originOf,
  isExempt: (req) => notesOf(req).route === EVENTS_PATH,
});
const endpoints = allEndpoints({
  store,
  authenticate,
  hub: () => hub,
  places: () => places,
  limits: config.upload,
  publicUrl: config.publicUrl,
});
/** Ended sessions must be refused within two seconds. */
const ENDED_SESSIONS_MS = 1000;
let listening: Loop | undefined;
let telling: Loop | undefined;
let looking: (() => void) | undefined;
let watching: ReturnType<typeof watchPressure> | undefined;

/** What moleculer-web is to know of a group of endpoints. */
const route = (name: string, belongs: (endpoint: Endpoint) => boolean) => ({
  name,
  path: '/',
  mergeParams: false,
  // `/Admin` is no other way to `/admin`, which a proxy might not watch.
  pathToRegexpOptions: { sensitive: true },
  aliases: Object.fromEntries(
    endpoints.filter(belongs).map((it) => [`${it.method} ${it.path}`, toAlias(it, doorkeeper)]),
  ),
});

/** Nobody compresses JSON this small but to make us inflate it. */
const plain = { inflate: false };

/** How moleculer-web says that no route fits; a handler's own `not_found` is something else. */
const isUnrouted = (error: unknown) => error instanceof Error && error.name === 'NotFoundError';

/** Answers a request that nothing was done for. */
const refuse: Parameters<typeof admission>[2] = (req, res, error) =>
  protocol(req, res, () => sendProblem(req, res, error));

type Gateway = Service & {
  server: Server;
  /** What moleculer-web asks for a file where no route fits. */
  serve: typeof servePage;
  httpHandler(req: IncomingMessage, res: ServerResponse): void;
};

/** moleculer-web without its own way to listen. */
const gateway = { ...(ApiGateway as Partial<ServiceSchema>), started: [] };

const schema: ServiceSchema = {
  name: 'api',
  mixins: [gateway],
  settings: {
    logRequest: 'debug',
    logResponse: 'debug',
    logRequestParams: null,
    logRouteRegistration: 'debug',
    routes: [
      {
        ...route('streams', ({ streams }) => Boolean(streams)),
        use: [protocol],
        bodyParsers: false,
      },
      {
        ...route('json', ({ streams, largeBody }) => !streams && !largeBody),
        bodyParsers: { json: { ...plain, limit: '100kb' } },
      },
      {
        ...route('large json', ({ largeBody }) => Boolean(largeBody)),
        bodyParsers: { json: { ...plain, limit: '1mb' } },
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

  created(this: Service) {
    const call: Call = (action, params) => this.broker.call(action, params);
    places = createPlaces({
      tell: (told) =>
        this.broker.call<JudgedPlaces, typeof told>('auth.keepPlaces', told, { timeout: COUNTING_MS }),
      logger: this.logger,
    });
    const sources = [createVideoSource(call), createNotificationSource(call)];
    hub = createHub({ sources, ...config.events, logger: this.logger });
  },

  methods: {
    createServer(this: Gateway) {
      this.serve = servePage;
      const handle = admission(load, (req, res) => this.httpHandler(req, res), refuse);
      const safe = secured(unambiguous(handle, refuse), config.publicUrl);
      const tell = logged(safe, this.logger, originOf);
      const watched = slow.watch(measured(config.tracing ? traced(tell) : tell));
      this.server = createGatewayServer(watched, config.download.idleSeconds * 1000);
    },
    logRequest(this: Gateway, req: GatewayRequest) {
      this.logger.debug(`=> ${req.method} ${hideSecret(req.originalUrl)}`);
    },
    logResponse(this: Gateway, req: GatewayRequest, res: ServerResponse) {
      this.logger.debug(`<= ${res.statusCode} ${req.method} ${hideSecret(req.originalUrl)}`);
    },
    async drain(this: Gateway) {
      // Streams end at once; the requests in hand may finish.
      hub.close();
      await drainServer(this.server);
    },
  },

  async started(this: Service & Partial<Pick<Gateway, 'server'>>) {
    if (this.server) await listen(this.server, config);
    this.logger.info(`Listening on ${config.host}:${config.port}`);
    places.start();
    looking = slow.start();
    watching = watchPressure(LOOK_MS, (pressure) => load.look(pressure));
    telling = startLoop(
      'Telling of refused requests',
      TELL_MS,
      createShedTeller(load, this.logger),
      this.logger,
    );
    const call = <Result>(name: string, params?: object) =>
      this.broker.call<Result, object>(name, params ?? {});
    listening = startLoop(
      'Asking for ended sessions',
      ENDED_SESSIONS_MS,
      () => ended.update(call),
      this.logger,
    );
  },
  async stopped() {
    watching?.stop();
    looking?.();
    await Promise.all([listening?.stop(), telling?.stop(), places.stop()]);
  },
};

export default schema;
