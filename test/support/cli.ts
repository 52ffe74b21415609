import { afterAll, beforeAll } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { footage } from './footage.ts';
import { registerPerson, type ApiPerson } from './person.ts';
import { startSystem, type System } from './system.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const main = new URL('../../cli/main.ts', import.meta.url).pathname;

/** How a run of the command-line client has ended. */
interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Somebody's machine with the command-line client: a home of its own. */
export interface CliUser {
  home: string;
  sessionFile: string;
  /** Run a command to its end. */
  run(args: string[], options?: { input?: string; env?: Record<string, string> }): Promise<Run>;
  /** Run a command that must succeed, and read its JSON. */
  json<Result>(args: string[], env?: Record<string, string>): Promise<Result>;
  start(args: string[], env?: Record<string, string>): ChildProcess;
  /** Start a command in front of a person, on a terminal. */
  sit(args: string[], env?: Record<string, string>): Terminal;
  remove(): Promise<void>;
}

export async function createCliUser(): Promise<CliUser> {
  const home = await mkdtemp(join(tmpdir(), 'video-system-cli-'));
  const placeOf = (env: Record<string, string> = {}) => ({
    cwd: home,
    env: {
      ...process.env,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_STATE_HOME: join(home, 'state'),
      ...env,
    },
  });
  const start: CliUser['start'] = (args, env) =>
    spawn(process.execPath, [main, ...args], { ...placeOf(env), stdio: 'pipe' });
  const run: CliUser['run'] = async (args, { input = '', env } = {}) => {
    const child = start(args, env);
    child.stdin?.end(input);
    const { stdout, stderr } = child as ChildProcess & {
      stdout: NodeJS.ReadableStream;
      stderr: NodeJS.ReadableStream;
    };
    const [out, err, [code]] = await Promise.all([
      text(stdout as AsyncIterable<string>),
      text(stderr as AsyncIterable<string>),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout: out, stderr: err };
  };
  return {
    home,
    sessionFile: join(home, 'config', 'video-system', 'session.json'),
    run,
    start,
    sit: (args, env) => openTerminal([process.execPath, main, ...args], placeOf(env)),
    json: async (args, env = {}) => {
      const { code, stdout, stderr } = await run([...args, '--json'], { env });
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as never;
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

/** A system, a person, and their machine with `birds.mp4` in its home; they are there once the tests begin. */
export interface CliStage {
  system: System;
  person: ApiPerson;
  user: CliUser;
}

/** Start it before the tests of this file, and end it behind. */
export function setCliStage(): CliStage {
  const stage = {} as CliStage;
  beforeAll(async () => {
    stage.system = await startSystem();
    stage.person = await registerPerson(stage.system.url);
    stage.user = await createCliUser();
    await copyFile(footage('birds.mp4'), join(stage.user.home, 'birds.mp4'));
  }, 120_000);
  afterAll(async () => {
    await stage.user.remove();
    await stage.system.remove();
  });
  return stage;
}
