// Writes .env for docker-compose.yml: .env.example, with a random password wherever one is needed. Never over another.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.argv[2] ?? join(import.meta.dirname, '..');
const template = await readFile(join(import.meta.dirname, '..', '.env.example'), 'utf8');
const filled = template.replaceAll(
  /^(?!ADMIN_)(\w+(?:PASSWORD|KEY_ID|ACCESS_KEY))=$/gm,
  (_line, name: string) => {
    return `${name}=${randomBytes(24).toString('hex')}`;
  },
);
try {
  await writeFile(join(folder, '.env'), filled, { flag: 'wx', mode: 0o600 });
  console.log('.env is made; now: docker compose up --build');
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  console.error(
    'There is a .env already. Its passwords are those of the stores’ volumes: it stays as it is.',
  );
  process.exitCode = 1;
}
