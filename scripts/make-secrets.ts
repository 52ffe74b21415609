// Makes the secrets of the cluster on a laptop: random passwords and keys, in files that git ignores and
// k8s/overlays/dev reads. Usage: npm run make:secrets [-- FOLDER]. Never over others.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../lib/broker/roles.ts';
import { makeBrokerUsers, newPassword as password } from './broker-users.ts';

const NAMESPACE = 'video-system';
const BROKER = 'amqp://rabbitmq:5672';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'k8s/overlays/dev/secrets');
const broker = makeBrokerUsers(NAMESPACE);
const databases = { auth: password(), video: password(), notify: password() };
const connect = (role: Role) => ({ AMQP_URL: broker.urlOf(role, BROKER) });
const databaseUrl = (name: keyof typeof databases) =>
  `postgres://${name}:${databases[name]}@postgres:5432/${name}`;
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const variables: Record<string, Record<string, string>> = {
  postgres: {
    POSTGRES_PASSWORD: password(),
    AUTH_DATABASE_PASSWORD: databases.auth,
    VIDEO_DATABASE_PASSWORD: databases.video,
    NOTIFY_DATABASE_PASSWORD: databases.notify,
  },
  'object-store': { AWS_ACCESS_KEY_ID: password(), AWS_SECRET_ACCESS_KEY: password() },
  api: connect('api'),
  auth: { ...connect('auth'), AUTH_DATABASE_URL: databaseUrl('auth') },
  video: { ...connect('video'), VIDEO_DATABASE_URL: databaseUrl('video') },
  // Its name with the namespace, as KEDA lives in another one.
  processor: {
    ...connect('processor'),
    BROKER_API_URL: `http://${NAMESPACE}-scaler:${broker.passwords.scaler}@rabbitmq.video-system:15672/%2F`,
  },
  // For people: with the REPL, and at the broker's own page.
  operator: {
    ...connect('operator'),
    BROKER_ADMINISTRATOR: `${NAMESPACE}-administrator:${broker.passwords.administrator}`,
  },
  notify: { ...connect('notify'), NOTIFY_DATABASE_URL: databaseUrl('notify') },
};

const files: Record<string, string> = {
  'definitions.json': JSON.stringify(broker.definitions),
  'signing-key.pem': signingKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'webhook.key': randomBytes(32).toString('base64'),
  ...Object.fromEntries(
    Object.entries(variables).map(([name, values]) => [
      `${name}.env`,
      Object.entries(values)
        .map(([variable, value]) => `${variable}=${value}\n`)
        .join(''),
    ]),
  ),
};

try {
  await mkdir(join(folder, '..'), { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o600 });
  }
  console.log('The secrets are made; now: kubectl apply -k k8s/overlays/dev');
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  console.error('There are secrets already. Their passwords are those of the stores’ volumes: they stay.');
  process.exitCode = 1;
}
