import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { purgePerson, refusePerson } from '../../services/video/removal.ts';
import { openStoredVideos } from '../support/stored-videos.ts';
import { campaign } from './campaign.ts';
import { lives } from './commands.ts';
import { interleave, type Interleaving } from './interleaving.ts';
import { checkGone, checkInvariants, STATUS_LOG } from './invariants.ts';
import { operations } from './operations.ts';
import type { Stage } from './stage.ts';
import { EMPTY_WORK_LOG, WORK_LOG } from './work-invariants.ts';
import { newWorld } from './world.ts';

/** Longer than any pause between attempts, and more often than any person's extractions need. */
const TURN_MS = 6 * 60_000;
const MAX_TURNS = 20;
/** Until whatever was late has been given up. */
const LONG_MS = 3 * 24 * 3600_000;

const videos = await openStoredVideos();
let together: Interleaving;
beforeAll(async () => {
  await videos.db.sequelize.query(STATUS_LOG + WORK_LOG);
  together = interleave(videos.db.sequelize);
});
afterAll(videos.close);

const races = campaign({ runs: 10 });

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
    for (let before = -1; before < world.said.claims;) {
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
    const property = fc.asyncProperty(fc.scheduler(), lives, async (scheduler, chosen) => {
      await videos.clear();
      await videos.db.sequelize.query('TRUNCATE status_log');
      await videos.db.sequelize.query(EMPTY_WORK_LOG);
      const world = newWorld();
      await begin({ videos, world });
      await fc.asyncModelRun(() => ({ model: world, real: { videos, scheduler, together } }), chosen);
      await settle({ videos, world });
      await end({ videos, world });
    });
    await fc.assert(property, settings);
    process.stdout.write(`${runs} lives, ${together.statements()} statements in chosen orders\n`);
    expect(together.statements()).toBeGreaterThan(runs * 20);
  },
  races.timeoutMs,
);
