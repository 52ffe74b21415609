/** One processor for ranges.ts: `node range-worker.ts NAME DATABASE_URL STORE_FOLDER RANGE_MEGAPIXELS`, until SIGTERM. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase } from '../../lib/database.ts';
import { createFileStore } from '../../lib/storage/file.ts';
import { runNextJob } from '../../services/processor/run-job.ts';
import { defineModels } from '../../services/video/models.ts';
import { workerWith } from '../support/processor.ts';
import { directPort } from '../support/video-port.ts';

const [name = '', databaseUrl = '', folder = '', rangeMegapixels] = process.argv.slice(2);
const sequelize = createDatabase(databaseUrl);
const scheduling = { leaseSeconds: 30, maxAttempts: 1, maxRunningPerPerson: 2 };
const port = directPort({ sequelize, models: defineModels(sequelize) }, scheduling);
const limits = { threads: 1, maxFrames: 100_000, timeoutSeconds: 600 };
const worker = {
  ...workerWith(port, createFileStore(folder), { ...limits, rangeMegapixels: Number(rangeMegapixels) }),
  name,
};

const shutdown = new AbortController();
void once(process, 'SIGTERM').then(() => shutdown.abort());
while (!shutdown.signal.aborted) {
  await runNextJob(worker, shutdown.signal);
  await pause(50);
}
await sequelize.close();
