import { afterAll, expect, test } from '@jest/globals';
import { problemCode } from '../../lib/errors.ts';
import { purgePerson } from '../../services/video/removal.ts';
import { tablesWith } from '../support/person-rows.ts';
import { openStoredVideos } from '../support/stored-videos.ts';
import { interleave } from './interleaving.ts';
import { interruptEverywhere, isDone } from './interruptions.ts';
import { operations, type OperationName } from './operations.ts';
import { rules, type Stage } from './stage.ts';
import { newWorld } from './world.ts';

/** What people and gateways do to uploads and videos, interrupted at every statement by another request. */

const videos = await openStoredVideos();
const { db } = videos;
const together = interleave(db.sequelize);
afterAll(videos.close);

/** Picks the newest of however many things, and no Idempotency-Key. */
const NEWEST = 6;
/** The same, with an Idempotency-Key where there may be one. */
const NEWEST_KEYED = 0;
/** Of three or more the one before, with the same Idempotency-Key. */
const OTHER_KEYED = 4;

type Step = OperationName | [OperationName, number];
const play = (stage: Stage, step: Step) => {
  const [name, pick] = typeof step === 'string' ? ([step, NEWEST] as const) : step;
  return operations[name](stage, pick);
};
type Check = (stage: Stage, ...outcomes: PromiseSettledResult<unknown>[]) => Promise<void> | void;

async function begin(before: Step[]): Promise<Stage> {
  await videos.clear();
  const stage = { videos, world: newWorld() };
  for (const step of before) await play(stage, step);
  return stage;
}

/** Each as the first one, too. */
async function meet(before: Step[], [one, two]: [Step, Step], check: Check): Promise<void> {
  const prepare = () => begin(before);
  const first = (stage: Stage) => play(stage, one);
  const second = (stage: Stage) => play(stage, two);
  expect(await interruptEverywhere(together, { prepare, first, second, check })).toBeGreaterThan(3);
  if (JSON.stringify(one) === JSON.stringify(two)) return;
  const turned: Check = (stage, ...outcomes) => check(stage, ...outcomes.reverse());
  await interruptEverywhere(together, { prepare, first: second, second: first, check: turned });
}

const codes = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((it) => (it.status === 'rejected' ? [problemCode(it.reason) ?? String(it.reason)] : []));
const count = {
  videos: () => db.models.video.count(),
  uploads: () => db.models.upload.count(),
  extractions: () => db.models.extraction.count(),
};
/** Every source that a video has is there to stay, and no other object is. */
async function checkSources(): Promise<void> {
  const kept = await db.models.video.findAll({ where: { sourceRemovedAt: null } });
  const keys = new Set(kept.map(({ objectKey }) => objectKey));
  const doomed = await videos.doomedKeys();
  expect(doomed.filter((key) => keys.has(key))).toEqual([]);
  expect((await videos.objects()).filter((key) => !keys.has(key) && !doomed.includes(key))).toEqual([]);
}

test.each<[string, Step[], Step, Step]>([
  ['straight to the store', ['beginDirect'], 'completeDirect', 'giveUpDirect'],
  ['through a gateway', ['reserveResumable'], 'create', 'abandon'],
])(
  'an upload %s becomes a video or is given up, as its requests were told',
  async (_name, before, make, end) => {
    await meet(before, [make, end], async ({ world: { said } }, made, ended) => {
      const isVideo = (await count.videos()) === 1;
      expect([isDone(made), await count.uploads()]).toEqual([isVideo, 0]);
      // Whoever finds nothing to abandon has not been told that it is.
      expect(said.givenUp.size).toBe(isVideo ? 0 : 1);
      if (end === 'giveUpDirect') expect(isDone(ended)).toBe(!isVideo);
      await checkSources();
    });
  },
);

test('an upload has one holder', async () => {
  await meet(
    ['reserveResumable'],
    [
      ['hold', 6],
      ['hold', 9],
    ],
    async () => {
      const [row] = await db.models.upload.findAll();
      expect([row?.holder, row?.wanted]).toEqual([expect.stringMatching(/^gateway [01]$/), true]);
    },
  );
});

test('of uploads that begin at once, no more do than may', async () => {
  for (const kind of ['reserve', 'reserveResumable', 'reserveUndeclared'] as const) {
    await meet(['reserve'], [kind, kind], async (_stage, ...outcomes) => {
      expect(codes(outcomes)).toEqual(['quota_exceeded']);
      expect(await count.uploads()).toBe(rules.quotas.concurrentUploads);
    });
  }
});

test('an Idempotency-Key makes one video, whatever comes with it at once', async () => {
  const keyed: [Step, Step] = [
    ['create', NEWEST_KEYED],
    ['create', OTHER_KEYED],
  ];
  await meet(['reserve', 'reserve', 'beginDirect'], keyed, async (_stage, ...outcomes) => {
    expect(codes(outcomes)).toEqual([]);
    expect([await count.videos(), await count.uploads()]).toEqual([1, 1]);
    await checkSources();
  });
});

test('a video is extracted again once, however many ask', async () => {
  const ended: Step[] = ['reserve', 'create', 'claim', 'fail'];
  await meet(ended, ['retry', 'retry'], async (_stage, ...outcomes) => {
    expect(codes(outcomes)).toEqual(['invalid_state']);
    expect(await count.extractions()).toBe(2);
  });
});

test('who removes, or makes a video of the same bytes, leaves no video without its source', async () => {
  await meet(['reserve', 'create'], ['reuse', 'remove'], async (_stage, reused) => {
    expect(await count.videos()).toBe(isDone(reused) ? 1 : 0);
    await checkSources();
  });
});

test('a link stops to work once, and goes with its video', async () => {
  const ready: Step[] = ['reserve', 'create', 'claim', 'complete'];
  await meet([...ready, 'link'], ['revoke', 'revoke'], (_stage, ...outcomes) =>
    expect(codes(outcomes)).toEqual(['not_found']),
  );
  await meet(ready, ['link', 'remove'], async (_stage, _link, removed) => {
    expect([isDone(removed), await db.models.link.count()]).toEqual([true, 0]);
  });
});

test.each(['reserve', 'create', 'setQuotas'] as const)(
  'nothing stays of who leaves beside %s',
  async (step) => {
    const leave = async ({ world }: Stage) => operations.leave({ videos, world }, NEWEST);
    const prepare = () => begin(['reserve']);
    const check = async ({ world }: Stage) => {
      const [personId = ''] = world.gone;
      // Once more, as for what was under way.
      await purgePerson(db, personId, world.now);
      const tables = await tablesWith(db.sequelize, personId);
      expect(tables.filter((name) => name !== 'durable_calls')).toEqual([]);
      await checkSources();
    };
    const first = (stage: Stage) => play(stage, step);
    await interruptEverywhere(together, { prepare, first, second: leave, check });
  },
);
