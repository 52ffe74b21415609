import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { findCompose } from '../support/compose.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const OURS = ['api', 'auth', 'video', 'processor', 'notify'];
const REQUIRED = /^(\w+(?:PASSWORD|_KEY_ID|_ACCESS_KEY))=\w{48}$/gm;

interface Service {
  image: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  ports?: unknown[];
  deploy?: { resources: { limits: { cpus: unknown; memory: unknown } } };
}

let folder: string;
let env: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
  await makeEnv();
  env = await readFile(join(folder, '.env'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const makeEnv = () => run(process.execPath, [join(root, 'scripts', 'make-env.ts'), folder]);

/** The file as Compose reads it, with these variables and no others. */
async function config(variables: string): Promise<string> {
  const [command = '', ...args] = findCompose();
  const envFile = join(folder, 'compose.env');
  await writeFile(envFile, variables);
  const options = { cwd: root, env: { PATH: process.env.PATH, HOME: folder } };
  const { stdout } = await run(
    command,
    [...args, '--env-file', envFile, '-f', 'docker-compose.yml', 'config'],
    options,
  );
  return stdout;
}

const services = async () => (parse(await config(env)) as { services: Record<string, Service> }).services;

test('the .env that is made has random passwords, is for its owner only, and is never overwritten', async () => {
  const names = [...env.matchAll(REQUIRED)].map(([, name]) => name);
  expect(names).toHaveLength(11);
  expect(new Set(env.match(/=\w{48}$/gm)).size).toBe(11);
  expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
  await expect(makeEnv()).rejects.toMatchObject({ code: 1 });
  expect(await readFile(join(folder, '.env'), 'utf8')).toBe(env);
});

test('both files are made where nothing is installed yet, and RabbitMQ’s holds no password as it is', async () => {
  const clone = join(folder, 'clone');
  for (const part of ['lib', 'scripts', 'package.json', '.env.example'])
    await cp(join(root, part), join(clone, part), { recursive: true });
  await run(process.execPath, [join(clone, 'scripts', 'make-env.ts')]);
  const made = await readFile(join(clone, '.env'), 'utf8');
  const definitions = await readFile(join(clone, 'rabbitmq-definitions.json'), 'utf8');
  for (const [line] of made.matchAll(/^\w+=.*\w{48}$/gm)) expect(definitions).not.toContain(line.slice(-48));
  const { users } = JSON.parse(definitions) as { users: { name: string; tags: string[] }[] };
  const tagged = users.filter(({ tags }) => tags.length > 0).map(({ name, tags }) => [name, tags]);
  expect(tagged).toEqual([
    ['video-system-scaler', ['management']],
    ['video-system-administrator', ['administrator']],
  ]);
});

test('.env.example holds no password that works', async () => {
  expect(await readFile(join(root, '.env.example'), 'utf8')).not.toMatch(
    /(PASSWORD|KEY|KEY_ID|BROKER_\w+)=./,
  );
});

test('what is missing is named', async () => {
  for (const [, name = ''] of env.matchAll(REQUIRED)) {
    const without = env.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=`);
    await expect(config(without)).rejects.toThrow(/run npm run make:env/);
  }
});

test('the five services may do nothing but what they must', async () => {
  const all = await services();
  for (const name of OURS) {
    expect(all[name]).toMatchObject({ image: `ms-${name}`, read_only: true, cap_drop: ['ALL'] });
  }
});

test('everything is bounded, starts again by itself, and is open to this machine only', async () => {
  for (const [name, service] of Object.entries(await services())) {
    expect({ name, limits: service.deploy?.resources.limits }).toEqual({
      name,
      limits: { cpus: expect.anything(), memory: expect.anything() },
    });
    expect(service).toMatchObject({ restart: 'unless-stopped', security_opt: ['no-new-privileges:true'] });
    for (const port of service.ports ?? []) expect(JSON.stringify(port)).toContain('127.0.0.1');
  }
});
