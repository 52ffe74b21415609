import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../lib/embedded-postgres.ts';
import { startMailCatcher } from '../../test/support/mail-catcher.ts';
import { startRabbit } from '../../test/support/rabbitmq.ts';
import { startS3 } from '../../test/support/s3.ts';

/** What the services need around them: a broker, databases, an object store, mail, keys. */
export interface Stores {
  /** What every service is configured with. */
  env: Record<string, string>;
  /** The URL of a service's database. */
  databaseUrl(name: string): string;
  /** A folder with the keys of auth and notify. */
  keys: string;
  stop(): Promise<void>;
}

/** Start them all on the loopback address. */
export async function startStores(): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), 'check-images-'));
  const socketDir = join(folder, 'run');
  const databases = ['auth', 'video', 'notify'];
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), socketDir, databases });
  const door = await openDoor(join(socketDir, '.s.PGSQL.5432'));
  const [rabbit, s3, mail] = [
    await startRabbit(),
    await startS3(join(folder, 's3')),
    await startMailCatcher(),
  ];
  return {
    env: { AMQP_URL: rabbit.url, STORAGE_URL: s3.url, ...s3.env, MAIL_URL: mail.url },
    databaseUrl: (name) => `postgres://postgres@127.0.0.1:${door.port}/${name}`,
    keys: await makeKeys(join(folder, 'keys')),
    stop: async () => {
      await mail.stop();
      await s3.stop();
      await rabbit.stop();
      door.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The embedded PostgreSQL has a socket in a folder of its own; containers come by TCP. */
async function openDoor(socket: string): Promise<{ port: number; close(): void }> {
  const server = createServer((client) => {
    const inner = connect(socket);
    client.pipe(inner).pipe(client);
    client.on('error', () => inner.destroy());
    inner.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function makeKeys(folder: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await mkdir(folder);
  await writeFile(join(folder, 'access-token.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(join(folder, 'webhooks.key'), randomBytes(32).toString('base64'));
  // The containers' user is nobody here.
  for (const path of ['', 'access-token.pem', 'webhooks.key']) {
    await chmod(join(folder, path), path === '' ? 0o755 : 0o444);
  }
  await chmod(join(folder, '..'), 0o755);
  return folder;
}
