import { fileURLToPath } from 'node:url';
import type { Middleware, ServiceBroker, Service } from 'moleculer';
import type { Config } from '../lib/config.ts';
import { closeSharedQueue } from '../lib/queue/index.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../lib/embedded-postgres.ts';

/**
 * The order in which a process comes up and goes down: the embedded PostgreSQL (where databases have no URL) before
 * any service and after all of them; work in hand is drained while every service still answers.
 */
export function processLifecycle(config: Config): Middleware {
  let postgres: EmbeddedPostgres | undefined;
  return {
    name: 'process-lifecycle',
    async starting() {
      if (config.embeddedPostgres.databases.length > 0) {
        postgres = await startEmbeddedPostgres(config.embeddedPostgres);
      }
    },
    started(broker: ServiceBroker) {
      for (const line of welcome(config)) broker.logger.info(line);
      return Promise.resolve();
    },
    async stopping(broker: ServiceBroker) {
      const services = broker.services as (Service & { drain?: () => Promise<void> })[];
      await Promise.all(services.map(async (service) => service.drain?.()));
    },
    async stopped() {
      await closeSharedQueue();
      await postgres?.stop();
    },
  };
}

function welcome({ publicUrl, mail }: Config): string[] {
  const mailTo = mail.url.startsWith('file:')
    ? `files in ${fileURLToPath(mail.url)}`
    : new URL(mail.url).host;
  return [
    `The page is at ${publicUrl}`,
    `Mail goes to ${mailTo}`,
    'Stop with Ctrl-C; everything that was accepted is kept',
  ];
}
