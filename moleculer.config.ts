import type { BrokerOptions } from 'moleculer';
import { roleIn } from './lib/broker/roles.ts';
import { config } from './lib/environment.ts';
import { createLogLines } from './lib/logging/lines.ts';
import { version } from './lib/version.ts';
import { measureDisk } from './lib/disk.ts';
import { collectors } from './lib/metrics.ts';
import { MetricsReporter } from './mixins/metrics-reporter.ts';
import { processLifecycle } from './mixins/process-lifecycle.ts';
import { tracing } from './mixins/tracing.ts';
import { AmqpTransporter } from './mixins/transporter/amqp-transporter.ts';
import { onlyOneOfThisName, ownName } from './mixins/transporter/own-name.ts';
import { untrackedCalls } from './mixins/transporter/untracked-calls.ts';
import { replCommands } from './repl/index.ts';

const middlewares = [processLifecycle(config), tracing];
const { namespace, amqpUrl } = config;
const nodeID = ownName(amqpUrl === undefined ? undefined : roleIn(namespace, amqpUrl));

/** Many processes: they find each other, and share the work, over RabbitMQ. */
const cluster = (amqpUrl: string): BrokerOptions => ({
  transporter: new AmqpTransporter(amqpUrl),
  // RabbitMQ gives each request to whichever replica is free; Moleculer would choose one without knowing.
  disableBalancer: true,
  heartbeatInterval: 5,
  heartbeatTimeout: 15,
  // Long enough for the others to hear that this process is leaving.
  registry: { stopDelay: 500 },
  middlewares: [...middlewares, untrackedCalls, onlyOneOfThisName(nodeID)],
});

collectors.add(() => measureDisk(config.dataDir));

/** The broker also takes a reporter that is made; its types know of names only. */
const reporter = (address: { host: string; port: number }) =>
  new MetricsReporter(address) as unknown as 'Prometheus';

const options: BrokerOptions = {
  namespace,
  nodeID,
  // What the list of processes shows of this one.
  metadata: { version, startedAt: new Date().toISOString() },
  replOptions: { customCommands: replCommands },
  logger: {
    type: 'Pino',
    options: { createLogger: createLogLines(process.stdout) },
  },
  logLevel: config.logLevel,
  // How long a request may wait for a replica, or for one to take over from another that was killed. Nothing is retried
  // here: RabbitMQ delivers an unfinished request again, and a caller that has waited this long has waited enough.
  requestTimeout: 30_000,
  // Work that is running when the process is asked to stop is waited for.
  tracking: { enabled: true, shutdownTimeout: 30_000 },
  registry: { stopDelay: 0 },
  middlewares,
  ...(config.metrics ? { metrics: { enabled: true, reporter: reporter(config.metrics) } } : {}),
  ...(amqpUrl === undefined ? {} : cluster(amqpUrl)),
};

export default options;
