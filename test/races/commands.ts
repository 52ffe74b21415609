import fc, { type Scheduler } from 'fast-check';
import type { Interleaving } from './interleaving.ts';
import { checkGone, checkInvariants } from './invariants.ts';
import { operations, type OperationName } from './operations.ts';
import type { Stage } from './stage.ts';
import { insistOnExpected, someOf, stepsOf, type Step } from './steps.ts';
import type { World } from './world.ts';

/** Lives of videos, as fast-check chooses them. */

export const EXPECTED = [
  ...['not_found', 'invalid_state', 'quota_exceeded', 'unauthorized', 'expired', 'idempotency_mismatch'],
  ...['not_ready', 'upload_locked'],
];

type Real = Pick<Stage, 'videos'> & { scheduler: Scheduler; together: Interleaving };

/** Several things at once. */
class AtOnce implements fc.AsyncCommand<World, Real> {
  readonly steps: Step<OperationName>[];
  constructor(steps: Step<OperationName>[]) {
    this.steps = steps;
  }
  check = () => true;
  async run(world: World, real: Real): Promise<void> {
    const stage = { ...real, world };
    const actors = this.steps.map(({ name, pick, diesAt }) => ({
      ...{ name, diesAt },
      act: () => operations[name](stage, pick),
    }));
    insistOnExpected(await real.together.run(real.scheduler, actors), EXPECTED);
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

const groups: OperationName[][] = [
  ['reserveResumable', 'reserveUndeclared', 'reuse', 'abandon', 'hold', 'letGo'],
  ['beginDirect', 'completeDirect', 'giveUpDirect'],
  ['split', 'claimOwnRange', 'renewRange', 'storeRange', 'storeRange', 'releaseRange', 'refuseRange', 'join'],
  ['renew', 'fail', 'failForNow', 'release', 'drain'],
  ['share', 'watch', 'release'],
  ['cancel', 'retry', 'extractAgain', 'remove'],
  ['link', 'openLink', 'revoke', 'download'],
  ['requeue', 'cancelJob'],
  ['expire', 'extractAgain', 'reuse', 'remove'],
  ['setQuotas', 'reuse', 'reserveResumable'],
  ['leave'],
];
/** Without these there would be nothing to race for. */
const always: OperationName[] = ['reserve', 'create', 'create', 'claim', 'claim', 'complete', 'sweep'];
const shortly = fc.constantFrom(1, 1, 1, 1, 3, 21, 31);
const long = fc.constantFrom(700, 3601, 25 * 3600, 11 * 24 * 3600);
const later = fc.oneof({ weight: 3, arbitrary: shortly }, { weight: 1, arbitrary: long });

/** Everything that happens in one life, one after the other. */
export const lives = someOf(groups, always).chain((kinds) =>
  fc.commands(
    [stepsOf(kinds).map((steps) => new AtOnce(steps)), later.map((seconds) => new Later(seconds))],
    {
      ...{ maxCommands: 40, size: 'max' },
    },
  ),
);
