import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { createDatabase } from '../../lib/database.ts';
import { migrations } from '../../services/video/migrations.ts';
import { emptyDatabaseUrl } from '../support/database.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../scripts/migrate.ts', import.meta.url));
const migrate = (args: string[], variables: Record<string, string>) =>
  run(process.execPath, [script, ...args], { env: { PATH: process.env.PATH, ...variables } });

const url = await emptyDatabaseUrl();
const database = createDatabase(url);
afterAll(() => database.close());

const applied = async () => {
  const [rows] = await database.query('SELECT name FROM migrations ORDER BY name');
  return (rows as { name: string }[]).map(({ name }) => name);
};

test('an empty database is brought up to date, by two at once', async () => {
  const names = migrations.map(({ name }) => name);
  const runs = await Promise.all([1, 2].map(() => migrate(['video'], { VIDEO_DATABASE_URL: url })));
  expect(await applied()).toEqual(names.toSorted());
  const told = runs.flatMap(({ stdout }) => [...stdout.matchAll(/^Migration (.*) applied$/gm)]);
  expect(told.map(([, name]) => name)).toEqual(names);
});

test('one that is up to date is left alone', async () => {
  const { stdout } = await migrate(['video'], { VIDEO_DATABASE_URL: url });
  expect(stdout).toBe('The database video is up to date\n');
});

test.each([
  ['a service without a database', ['processor'], {}, 'Usage: scripts/migrate.ts auth|video|notify'],
  ['no service', [], {}, 'Usage: scripts/migrate.ts auth|video|notify'],
  ['a database that is not named', ['auth'], { VIDEO_DATABASE_URL: url }, 'AUTH_DATABASE_URL is not set'],
  [
    'a wrong URL',
    ['video'],
    { VIDEO_DATABASE_URL: 'mysql://x' },
    'VIDEO_DATABASE_URL="mysql://x" is not valid',
  ],
  [
    'a server that is not there',
    ['video'],
    { VIDEO_DATABASE_URL: 'postgres://video@127.0.0.1:1/video' },
    'ECONNREFUSED',
  ],
])('%s fails with a sentence', async (_what, args, variables, sentence) => {
  await expect(migrate(args, variables)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(sentence) as unknown,
  });
});
