import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Sequelize } from 'sequelize';
import { openStoredVideos } from '../support/stored-videos.ts';
import { watch } from './account-invariants.ts';
import {
  accountOperations,
  EXPECTED as ACCOUNT_PROBLEMS,
  type AccountOperation,
} from './account-operations.ts';
import { addOwner, noteWhatHappens, openAccounts } from './account-world.ts';
import { pairsOf, pairsTimeoutMs, type Pair } from './campaign.ts';
import { EXPECTED as VIDEO_PROBLEMS } from './commands.ts';
import { interleave } from './interleaving.ts';
import { interruptedAfter } from './interruptions.ts';
import { checkGone, checkInvariants, STATUS_LOG } from './invariants.ts';
import {
  addReader,
  checkReader,
  NOTICE_PROBLEMS,
  noticeOperations,
  openNotices,
  type NoticeOperation,
} from './notice-operations.ts';
import { operations, type OperationName } from './operations.ts';
import { insistOnExpected } from './steps.ts';
import { EMPTY_WORK_LOG, WORK_LOG } from './work-invariants.ts';
import { newWorld } from './world.ts';

/** Whatever meets whatever: no deadlock, no answer that is our fault, and nothing that may not be. */

const videos = await openStoredVideos();
const accounts = await openAccounts();
const notices = await openNotices();
const databases = [videos.db.sequelize, accounts.sequelize, notices.sequelize];
const names = databases.map((sequelize) => sequelize.getDatabaseName());
beforeAll(async () => {
  await videos.db.sequelize.query(STATUS_LOG + WORK_LOG);
  await noteWhatHappens(accounts.sequelize);
});

/** How many deadlocks PostgreSQL has found; connections tell of theirs at their end. */
async function deadlocks(): Promise<number> {
  const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  const { rows } = await client.query<{ n: string }>(
    'SELECT sum(deadlocks) AS n FROM pg_stat_database WHERE datname = ANY($1)',
    [names],
  );
  await client.end();
  return Number(rows[0]?.n);
}
afterAll(async () => {
  await Promise.all([videos.close(), accounts.sequelize.close(), notices.sequelize.close()]);
  expect(await deadlocks()).toBe(0);
});

interface Kind<Name extends string> {
  sequelize: Sequelize;
  expected: string[];
  /** @returns what can be done, and the check of what has come of it */
  begin: () => Promise<{ act: (name: Name, pick: number) => Promise<unknown>; check: () => Promise<void> }>;
}

async function meetAll<Name extends string>(pairs: Pair<Name>[], { sequelize, expected, begin }: Kind<Name>) {
  const together = interleave(sequelize);
  for (const { first, second, pick, otherPick, after } of pairs) {
    const { act, check } = await begin();
    try {
      const outcomes = await together.run<unknown>(interruptedAfter(after), [
        { name: 'first', act: () => act(first, pick) },
        { name: 'second', act: () => act(second, otherPick) },
      ]);
      insistOnExpected(outcomes, expected);
      await check();
    } catch (cause) {
      throw new Error(`${first} ${pick}, after ${after} statements ${second} ${otherPick}`, { cause });
    }
  }
  process.stdout.write(`${pairs.length} pairs, ${together.statements()} statements in chosen orders\n`);
}

/** Picks the newest of however many things, and no Idempotency-Key. */
const NEWEST = 6;
/** Of each thing there is one: an upload of each kind, a video that waits, one that runs in ranges, one that has ended. */
const before: OperationName[] = [
  ...(['reserve', 'create', 'claim', 'complete', 'link'] as const),
  ...(['reserve', 'create', 'claim', 'split', 'claimOwnRange', 'share'] as const),
  ...(['reserve', 'create', 'beginDirect'] as const),
];
const ofVideos = pairsOf(Object.keys(operations) as OperationName[], 25);
test(
  `of videos (${ofVideos.length})`,
  () =>
    meetAll(ofVideos, {
      ...{ sequelize: videos.db.sequelize, expected: VIDEO_PROBLEMS },
      begin: async () => {
        await videos.clear();
        await videos.db.sequelize.query('TRUNCATE status_log');
        await videos.db.sequelize.query(EMPTY_WORK_LOG);
        const stage = { videos, world: newWorld() };
        for (const name of before) await operations[name](stage, NEWEST);
        return {
          act: (name, pick) => operations[name](stage, pick),
          check: async () => {
            await checkGone(stage);
            await checkInvariants(stage);
          },
        };
      },
    }),
  pairsTimeoutMs(ofVideos),
);

const ofAccounts = pairsOf(Object.keys(accountOperations) as AccountOperation[], 15);
test(
  `of accounts (${ofAccounts.length})`,
  () =>
    meetAll(ofAccounts, {
      ...{ sequelize: accounts.sequelize, expected: ACCOUNT_PROBLEMS },
      begin: async () => {
        const owner = await addOwner(accounts, true);
        for (const name of ['askReset', 'askVerify', 'askExport', 'createKey'] as const)
          await accountOperations[name](accounts, owner, 0);
        return {
          act: async (name, pick) => accountOperations[name](accounts, owner, pick),
          check: watch(accounts, owner),
        };
      },
    }),
  pairsTimeoutMs(ofAccounts),
);

const ofNotices = pairsOf(Object.keys(noticeOperations) as NoticeOperation[], 15);
test(
  `of notices (${ofNotices.length})`,
  () =>
    meetAll(ofNotices, {
      ...{ sequelize: notices.sequelize, expected: NOTICE_PROBLEMS },
      begin: async () => {
        const reader = await addReader(notices);
        return {
          act: async (name, pick) => noticeOperations[name](notices, reader, pick),
          check: () => checkReader(notices, reader),
        };
      },
    }),
  pairsTimeoutMs(ofNotices),
);
