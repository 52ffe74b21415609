import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problems } from '../../lib/errors.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { assert } from './assert.ts';
import { filesBelow, type Watched } from './holdings.ts';

/** So many requests before anything is measured: what is loaded once is no leak. */
const WARM_UP = 200;

/** The real system in a process of its own, and somebody who uses it. */
export interface Victim {
  system: System;
  person: ApiPerson;
  /** A finished video of theirs. */
  videoId: string;
  watched: Watched;
  /** @throws when it does not work as before, or has failed at a request */
  settle: () => Promise<string[]>;
  stop: () => Promise<void>;
}

/** Start a system whose limits on people are out of the way: what is attacked is what lies behind them. */
export async function startVictim(): Promise<Victim> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fuzz-'));
  const temporary = join(dataDir, 'tmp');
  await mkdir(temporary);
  const system = await startSystem({
    dataDir,
    env: {
      TMPDIR: temporary,
      LOG_LEVEL: 'warn',
      UPLOAD_IDLE_SECONDS: '5',
      MAX_DELAY_MS: '60000',
      MAX_VIDEOS_PER_DAY: '1000000',
      MAX_UPLOADS_PER_NETWORK: '1000000',
      MAX_REGISTRATIONS_PER_NETWORK: '1000000',
      MAX_SLOW_REQUESTS: '1000000',
      MAX_SLOW_REQUESTS_PER_NETWORK: '1000000',
    },
  });
  try {
    const person = await registerPerson(system.url);
    const { id: videoId } = await person.upload(footage('birds.mp4'));
    await person.waitFor(videoId, 'completed');
    for (let n = 0; n < WARM_UP; n += 1) await (await person.fetch('/video')).arrayBuffer();
    const folders = [join(dataDir, 'objects', '.incoming'), temporary];
    const watched = { pid: system.pid, files: () => filesBelow(...folders) };
    const settle = async () => {
      await person
        .fetch('/video')
        .then((response) => assert(response.ok, 'The person is not served any more'));
      // Traces of what was answered as 500, or not caught at all.
      const said = system
        .output()
        .split('\n')
        .filter((line) => /A request failed|[Uu]ncaught|unhandled/.test(line));
      assert(said.length === 0, `The system said:\n${said.slice(0, 3).join('\n').slice(0, 3000)}`);
      return ['the person is served'];
    };
    return { system, person, videoId, watched, settle, stop: () => system.remove() };
  } catch (error) {
    await system.remove();
    throw error;
  }
}

/** Answers that say that a request was understood as being beyond us; every other 5xx is a fault. */
const ALLOWED_5XX = new Set([501, 503, 505]);

/** @throws when an answer is a fault, or has a code that nobody knows */
export function judge(status: number, code: string | undefined): string {
  assert(status < 500 || ALLOWED_5XX.has(status), `answered ${status} ${code ?? ''}`);
  assert(code === undefined || Object.hasOwn(problems, code), `answered with the unknown code ${code}`);
  return `${status}${code === undefined ? '' : ` ${code}`}`;
}
