import pg from 'pg';
import { BackupError } from '../lib/backup/format.ts';
import type { Target } from '../lib/backup/restore-backup.ts';
import type { Installation, Progress } from '../lib/backup/write-backup.ts';
import { readConfig } from '../lib/config.ts';
import { startEmbeddedPostgres } from '../lib/embedded-postgres.ts';
import { openStore } from '../lib/storage/index.ts';
import { migrations as authMigrations } from '../services/auth/migrations.ts';
import { migrations as notifyMigrations } from '../services/notify/migrations.ts';
import { migrations as videoMigrations } from '../services/video/migrations.ts';
import { DELETING_LOCK, NAMED_OBJECTS, UNFINISHED_UPLOADS } from '../services/video/named-objects.ts';

/** Those who promise come before those whom they promise to. */
const parts = [
  { name: 'auth', migrations: authMigrations, promises: ['durable_calls'] },
  { name: 'video', migrations: videoMigrations, promises: ['durable_calls', 'outbox'] },
  { name: 'notify', migrations: notifyMigrations, promises: [] },
] as const;

/** The installation that the environment describes, as backups see it. */
export function installationOf(env: NodeJS.ProcessEnv): Installation & Target & { embedded: Embedded } {
  const config = readConfig(env);
  const databases = parts.map((part) => {
    const url = config.databases[part.name];
    if (url === undefined) throw new Error(`${part.name.toUpperCase()}_DATABASE_URL is not set`);
    return { name: part.name, url, migrations: part.migrations, promises: [...part.promises] };
  });
  const { auth, webhooks } = config;
  return {
    sources: databases,
    databases,
    store: openStore(config.storageUrl),
    keys: [
      { name: 'access-token.pem', path: auth.signingKeyFile, own: auth.makeSigningKey },
      { name: 'webhooks.key', path: webhooks.keyFile, own: webhooks.makeKey },
    ],
    objects: {
      database: 'video',
      named: NAMED_OBJECTS,
      // Those to S3 live in its multipart uploads, which can't be copied.
      unfinished: config.storageUrl.startsWith('file:') ? UNFINISHED_UPLOADS : null,
      lock: DELETING_LOCK,
    },
    embedded: config.embeddedPostgres,
  };
}

type Embedded = ReturnType<typeof readConfig>['embeddedPostgres'];

/**
 * Do something with the embedded PostgreSQL, where the installation has one.
 * @param mayRun whether the system's own may be used while it runs; else it is an error that it does
 */
export async function withPostgres<T>(
  embedded: Embedded,
  mayRun: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (embedded.databases.length === 0 || (mayRun && (await isRunning(embedded)))) return work();
  const server = await startEmbeddedPostgres(embedded);
  try {
    return await work();
  } finally {
    await server.stop();
  }
}

async function isRunning({ socketDir }: Embedded): Promise<boolean> {
  const client = new pg.Client({ host: socketDir, user: 'postgres', database: 'postgres' });
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

const sizes = new Intl.NumberFormat('en', { style: 'unit', unit: 'byte', notation: 'compact' });
/** A size as people read it. */
export const bytes = (size: number) => sizes.format(size);

/** What is done, line by line, with a line about objects every few seconds. */
export function report(): Progress {
  let told = Date.now();
  return {
    say: (sentence) => console.log(sentence),
    copied: (done) => {
      if (Date.now() - told < 5000) return;
      told = Date.now();
      console.log(`objects: ${done.objects}, ${bytes(done.bytes)}`);
    },
  };
}

/** Run a command: what goes wrong is a sentence with a code, and exit code 1. */
export async function command(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = error instanceof BackupError ? error.code : 'failed';
    console.error(`${code}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
