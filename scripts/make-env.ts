// Writes .env for docker-compose.yml: .env.example, with a random password wherever one is needed; and what RabbitMQ has to
// know of its users. Never over another.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roles, userOf } from '../lib/broker/roles.ts';
import { makeBrokerUsers, newPassword } from './broker-users.ts';

const NAMESPACE = 'video-system';

const folder = process.argv[2] ?? join(import.meta.dirname, '..');
const template = await readFile(join(import.meta.dirname, '..', '.env.example'), 'utf8');
const { passwords, definitions } = makeBrokerUsers(NAMESPACE);
const known: Record<string, string> = {
  ...Object.fromEntries(roles.map((role) => [`${role.toUpperCase()}_BROKER_PASSWORD`, passwords[role]])),
  BROKER_OPERATOR: `${userOf(NAMESPACE, 'operator')}:${passwords.operator}`,
  BROKER_ADMINISTRATOR: `${NAMESPACE}-administrator:${passwords.administrator}`,
};
const filled = template.replaceAll(
  /^(?!ADMIN_)(BROKER_\w+|\w+(?:PASSWORD|KEY_ID|ACCESS_KEY))=$/gm,
  (_line, name: string) => `${name}=${known[name] ?? newPassword()}`,
);
try {
  await writeFile(join(folder, '.env'), filled, { flag: 'wx', mode: 0o600 });
  // The broker's own user reads it, whatever its number is; passwords are in it as salted hashes only.
  await writeFile(join(folder, 'rabbitmq-definitions.json'), JSON.stringify(definitions), { mode: 0o644 });
  console.log('.env is made; now: docker compose up --build');
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  console.error(
    'There is a .env already. Its passwords are those of the stores’ volumes: it stays as it is.',
  );
  process.exitCode = 1;
}
