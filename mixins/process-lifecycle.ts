import { fileURLToPath } from 'node:url';
import type { Middleware, ServiceBroker, Service } from 'moleculer';
import type { Config } from '../lib/config.ts';
import { closeSharedQueue } from '../lib/queue/index.ts';
import { startTracing } from '../lib/tracing/export.ts';
import { insistOnAuthorities } from '../lib/tls-fault.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../lib/embedded-postgres.ts';

/**
 * The order in which a process comes up and goes down: the embedded PostgreSQL (where databases have no URL) before
 * any service and after all of them; work in hand is drained while every service still answers.
 */
export function processLifecycle(config: Config): Middleware {
  let postgres: EmbeddedPostgres | undefined;
  let stopTracing: (() => Promise<void>) | undefined;
  return {
    name: 'process-lifecycle',
    async starting(broker: ServiceBroker) {
      if (config.amqpUrl === undefined && !hasServices(broker)) broker.fatal(NOWHERE);
      await insistOnAuthorities(config.authoritiesFile);
      if (config.tracing) stopTracing = startTracing(config.tracing, nameOf(broker), broker.logger);
      if (config.embeddedPostgres.databases.length > 0) {
        postgres = await startEmbeddedPostgres(config.embeddedPostgres);
      }
    },
    started(broker: ServiceBroker) {
      for (const line of welcome(config, broker)) broker.logger.info(line);
      return Promise.resolve();
    },
    async stopping(broker: ServiceBroker) {
      const services = broker.services as (Service & { drain?: () => Promise<void> })[];
      await Promise.all(services.map(async (service) => service.drain?.()));
    },
    async stopped() {
      await closeSharedQueue();
      await postgres?.stop();
      await stopTracing?.();
    },
  };
}

/** A process with one service is called after it. */
function nameOf(broker: ServiceBroker) {
  const own = broker.services.filter(({ name }) => !name.startsWith('$'));
  const [only] = own.length === 1 ? own : [];
  return { service: only ? `video-system-${only.name}` : 'video-system', node: broker.nodeID };
}

/** Moleculer's own service does not count. */
const hasServices = ({ services }: ServiceBroker) => services.some(({ name }) => !name.startsWith('$'));

/** A process without services is a REPL, which needs a system to look at. */
const NOWHERE =
  'There is nothing to look at: AMQP_URL is not set, so no other process can be reached, and no service is loaded. ' +
  'Set AMQP_URL (and NAMESPACE) to those of a running cluster. A system that runs in one process is reached from ' +
  'inside only: start it with npm start -- --repl';

/** What the people who run it want to know of the services in this process. */
function welcome({ publicUrl, mail }: Config, broker: ServiceBroker): string[] {
  const has = (name: string) => broker.services.some((service) => service.name === name);
  const mailTo = mail.url.startsWith('file:')
    ? `files in ${fileURLToPath(mail.url)}`
    : new URL(mail.url).host;
  return [
    ...(has('api') ? [`The page is at ${publicUrl}`] : []),
    ...(has('notify') ? [`Mail goes to ${mailTo}`] : []),
    ...(hasServices(broker) ? ['Stop with Ctrl-C; everything that was accepted is kept'] : []),
  ];
}
