import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { problems } from '../../lib/errors.ts';
import { descendants } from '../support/children.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

/** How much a process may hold after thousands of attacks that it did not hold before. */
const MAX_GROWTH_BYTES = 250 * 1024 ** 2;
const MAX_MORE_DESCRIPTORS = 20;
/** So many requests before anything is measured: what is loaded once is no leak. */
const WARM_UP = 200;

/** The real system in a process of its own, somebody who uses it, and what it held before it was attacked. */
export interface Victim {
  system: System;
  person: ApiPerson;
  /** A finished video of theirs. */
  videoId: string;
  /** @throws when it does not work as before, has failed at a request, or holds more than before */
  settle: () => Promise<string[]>;
  stop: () => Promise<void>;
}

/** Start a system whose limits on people are out of the way: what is attacked is what lies behind them. */
export async function startVictim(): Promise<Victim> {
  const system = await startSystem({
    env: {
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
    const before = await holdingsOf(system);
    const settle = async () => {
      const after = await settled(system, before);
      await person
        .fetch('/video')
        .then((response) => assert(response.ok, 'The person is not served any more'));
      // Traces of what was answered as 500, or not caught at all.
      const said = system
        .output()
        .split('\n')
        .filter((line) => /A request failed|[Uu]ncaught|unhandled/.test(line));
      assert(said.length === 0, `The system said:\n${said.slice(0, 3).join('\n').slice(0, 3000)}`);
      return [describe(before, after)];
    };
    return { system, person, videoId, settle, stop: () => system.remove() };
  } catch (error) {
    await system.remove();
    throw error;
  }
}

interface Holdings {
  rssBytes: number;
  descriptors: number;
  /** Names of the processes below it. */
  children: string[];
  /** Files that are still arriving. */
  drafts: number;
}

async function holdingsOf({ pid, dataDir }: System): Promise<Holdings> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  const drafts = await readdir(join(dataDir, 'objects', '.incoming')).catch(() => []);
  const children = (await descendants(pid)).map(({ name }) => name).filter((name) => name !== 'postgres');
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { rssBytes: kilobytes * 1024, descriptors, children, drafts: drafts.length };
}

/** What is under way may end first. */
async function settled(system: System, before: Holdings): Promise<Holdings> {
  let after = before;
  const isAsBefore = async () => {
    after = await holdingsOf(system);
    return (
      after.rssBytes - before.rssBytes < MAX_GROWTH_BYTES &&
      after.descriptors - before.descriptors <= MAX_MORE_DESCRIPTORS &&
      after.children.length === 0 &&
      after.drafts === 0
    );
  };
  await eventually(isAsBefore, 'the system to hold as little as before', 120_000).catch(() => {
    throw new Error(`The system holds more than before: ${describe(before, after)}`);
  });
  return after;
}

const MB = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const describe = (before: Holdings, after: Holdings) =>
  `memory ${MB(before.rssBytes)} → ${MB(after.rssBytes)}, descriptors ${before.descriptors} → ${after.descriptors}, ` +
  `processes left ${after.children.length}, unfinished files left ${after.drafts}`;

export function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Answers that say that a request was understood as being beyond us; every other 5xx is a fault. */
const ALLOWED_5XX = new Set([501, 503, 505]);

/** @throws when an answer is a fault, or has a code that nobody knows */
export function judge(status: number, code: string | undefined): string {
  assert(status < 500 || ALLOWED_5XX.has(status), `answered ${status} ${code ?? ''}`);
  assert(code === undefined || Object.hasOwn(problems, code), `answered with the unknown code ${code}`);
  return `${status}${code === undefined ? '' : ` ${code}`}`;
}
