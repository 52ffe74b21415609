import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc, { type Scheduler } from 'fast-check';
import { problemCode } from '../../lib/errors.ts';
import { purgePerson, refusePerson } from '../../services/video/removal.ts';
import { openStoredVideos } from '../support/stored-videos.ts';
import { campaign } from './campaign.ts';
import { Died, interleave, type Interleaving } from './interleaving.ts';
import { checkGone, checkInvariants, STATUS_LOG } from './invariants.ts';
import { operations, type OperationName } from './operations.ts';
import type { Stage } from './stage.ts';
import { EMPTY_WORK_LOG, WORK_LOG } from './work-invariants.ts';
import { newWorld, type World } from './world.ts';

const EXPECTED = [
  'not_found',
  'invalid_state',
  'quota_exceeded',
  'unauthorized',
  'expired',
  'idempotency_mismatch',
  'not_ready',
  'upload_locked',
];
/** Longer than any pause between attempts, and more often than any person's extractions need. */
const TURN_MS = 6 * 60_000;
const MAX_TURNS = 20;
/** Until whatever was late has been given up. */
const LONG_MS = 3 * 24 * 3600_000;

interface Step {
  name: OperationName;
  pick: number;
  diesAt: number | undefined;
}

const videos = await openStoredVideos();
let together: Interleaving;
beforeAll(async () => {
  await videos.db.sequelize.query(STATUS_LOG + WORK_LOG);
  together = interleave(videos.db.sequelize);
});
afterAll(videos.close);

type Real = Pick<Stage, 'videos'> & { scheduler: Scheduler };

/** Several things at once. */
class AtOnce implements fc.AsyncCommand<World, Real> {
  readonly steps: Step[];
  constructor(steps: Step[]) {
    this.steps = steps;
  }
  check = () => true;
  async run(world: World, real: Real): Promise<void> {
    const stage = { ...real, world };
    const actors = this.steps.map(({ name, pick, diesAt }) => ({
      ...{ name, diesAt },
      act: () => operations[name](stage, pick),
    }));
    const results = await together.run(real.scheduler, actors);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const error: unknown = result.reason;
      if (!(error instanceof Died) && !EXPECTED.includes(problemCode(error) ?? '')) throw error;
    }
    await checkGone(stage);
    await checkInvariants(stage);
  }
  toString = () =>
    `at once: ${this.steps.map(({ name, pick, diesAt }) => `${name} ${pick}${diesAt ? ` †${diesAt}` : ''}`).join(', ')}`;
}

/** Time goes by: leases run out, uploads and archives expire. */
class Later implements fc.AsyncCommand<World, Real> {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  check = () => true;
  run(world: World): Promise<void> {
    world.now = new Date(world.now.getTime() + this.seconds * 1000);
    return Promise.resolve();
  }
  toString = () => `${this.seconds} s later`;
}

const races = campaign({ runs: 6 });

const names = Object.keys(operations) as OperationName[];
/** What makes something of nothing comes more often, leaving seldom: else there is nothing to race for. */
const often: OperationName[] = [
  'reserve',
  'reserveResumable',
  'create',
  'create',
  'claim',
  'complete',
  'remove',
  'cancel',
];
const seldom: OperationName[] = ['leave', 'expire'];
const step = fc.record({
  name: fc.constantFrom(...names.filter((name) => !seldom.includes(name)), ...often, ...often, ...seldom),
  pick: fc.noBias(fc.integer({ min: 0, max: 11 })),
  diesAt: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) },
  ),
});
const commands = [
  fc.array(step, { minLength: 2, maxLength: 4 }).map((steps) => new AtOnce(steps)),
  fc
    .constantFrom(1, 1, 1, 21, 21, 31, 700, 3601, 25 * 3600, 11 * 24 * 3600)
    .map((seconds) => new Later(seconds)),
];

/** A video is there, another one runs, and an upload is on its way. */
async function begin(stage: Stage): Promise<void> {
  for (const name of [
    ...(['reserve', 'create', 'claim', 'split', 'claimOwnRange'] as const),
    ...(['reserve', 'create', 'reserve'] as const),
  ]) {
    await operations[name](stage, 1);
  }
}

/** Workers do whatever waits, and whatever others have left lying: nothing that was accepted is lost. */
async function settle(stage: Stage): Promise<void> {
  const { world } = stage;
  const isOver = async () => {
    const where = { status: ['queued', 'processing'] };
    return (await videos.db.models.extraction.count({ where })) === 0;
  };
  for (let turns = 0; !(await isOver()); turns += 1) {
    expect(turns).toBeLessThan(MAX_TURNS);
    world.now = new Date(world.now.getTime() + TURN_MS);
    await operations.sweep(stage);
    for (let before = -1; before < world.said.claims; ) {
      before = world.said.claims;
      await operations.claim(stage, 0);
      if (before < world.said.claims) await operations.complete(stage, 0);
    }
  }
  await checkGone(stage);
  await checkInvariants(stage);
}

/** Everybody leaves: nothing may be left. */
async function end(stage: Stage): Promise<void> {
  const { world } = stage;
  for (const personId of world.people) await refusePerson(videos.db, personId, world.now);
  for (const personId of world.people) await purgePerson(videos.db, personId, world.now);
  world.gone.push(...world.people);
  world.people = [];
  await checkGone(stage);
  await videos.sweep(new Date(world.now.getTime() + LONG_MS));
  expect(await videos.objects()).toEqual([]);
}

test(
  'whatever happens at once, each video lives one life, nothing is lost, and no limit is passed',
  async () => {
    const { runs, settings } = races;
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.commands(commands, { maxCommands: 40, size: 'max' }),
      async (scheduler, chosen) => {
        await videos.clear();
        await videos.db.sequelize.query('TRUNCATE status_log');
        await videos.db.sequelize.query(EMPTY_WORK_LOG);
        const world = newWorld();
        await begin({ videos, world });
        await fc.asyncModelRun(() => ({ model: world, real: { videos, scheduler } }), chosen);
        await settle({ videos, world });
        await end({ videos, world });
      },
    );
    await fc.assert(property, settings);
    process.stdout.write(`${runs} lives, ${together.statements()} statements in chosen orders\n`);
    expect(together.statements()).toBeGreaterThan(runs * 20);
  },
  races.timeoutMs,
);
