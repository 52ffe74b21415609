import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyPostgresTemplate } from '../support/postgres-template.ts';
import { freePort } from '../support/ports.ts';
import { registerPerson } from '../support/person.ts';
import { startRepl, type Repl } from '../support/repl.ts';

let folder: string;
let url: string;
let repl: Repl;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attached-repl-'));
  await copyPostgresTemplate(join(folder, 'postgres'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = { DATA_DIR: folder, HOME: folder, PORT: String(port), PUBLIC_URL: url };
  repl = await startRepl(env, ['--mask', '**/*.service.ts', 'services']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('npm start with --repl serves people and takes commands, and stops with its input', async () => {
  const person = await registerPerson(url);
  const { email } = person;
  expect(await repl.ask('queues')).toMatch(/QUEUE +WAITING +RETRYING +DEAD\s+video\.uploaded +0 +0 +0/);
  expect(await repl.ask(`user show ${email}`)).toContain(email);
  const { id } = await person.upload(Buffer.from('no video'));
  await person.waitFor(id, 'failed');
  await repl.ask(`user end-sessions ${email}`);
  await expectAsShown('jobs --limit 5', 'processes', 'queues', 'deeds --limit 3');
  expect(await repl.leave()).toBe(0);
  await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
});

/** What these print has the columns that the guide to daily operation shows. */
async function expectAsShown(...commands: string[]): Promise<void> {
  const guide = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const columnsOf = (text = '') => text.trim().split('\n')[0]?.split(/ {2,}/);
  for (const command of commands) {
    const [, shown] = guide.split(`mol $ ${command}\n`);
    expect([command, columnsOf(await repl.ask(command))]).toEqual([command, columnsOf(shown)]);
  }
}
