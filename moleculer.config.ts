import type { BrokerOptions } from 'moleculer';
import { config } from './lib/environment.ts';
import { processLifecycle } from './mixins/process-lifecycle.ts';

const options: BrokerOptions = {
  namespace: 'video-system',
  logger: {
    type: 'Console',
    options: { formatter: process.stdout.isTTY ? 'short' : 'json', colors: process.stdout.isTTY },
  },
  logLevel: config.logLevel,
  requestTimeout: 30_000,
  // Work that is running when the process is asked to stop is waited for.
  tracking: { enabled: true, shutdownTimeout: 30_000 },
  registry: { stopDelay: 0 },
  middlewares: [processLifecycle(config)],
};

export default options;
