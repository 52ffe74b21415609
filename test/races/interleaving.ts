import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Scheduler } from 'fast-check';
import { QueryTypes, type Sequelize } from 'sequelize';

/**
 * Runs things at once on a real database, one statement after the other, in an order that a scheduler chooses: so the
 * order can be repeated by its seed, and is as unlucky as it likes.
 */

/** Somebody who does something at the same time as others. */
interface Actor<T> {
  name: string;
  act: () => Promise<T>;
  /** Its process dies at this statement; what it has not committed is lost. */
  diesAt?: number | undefined;
}

export class Died extends Error {}

interface Progress {
  name: string;
  diesAt: number;
  statements: number;
  /** Statements that wait for their turn, and those that PostgreSQL has. */
  waiting: number;
  running: number;
  isDone: boolean;
}

/** Decides whose statement is next; fast-check's schedulers do. */
export type Turns = Pick<Scheduler, 'schedule' | 'count'> & {
  /** Lets so many of those who wait go on. */
  waitNext: (count: number) => Promise<void>;
};

export interface Interleaving {
  run<T>(scheduler: Turns, actors: Actor<T>[]): Promise<PromiseSettledResult<T>[]>;
  /** How many statements have been put into an order. */
  statements(): number;
}

/** Most statements take less, and nobody need ask whether they are stopped. */
const QUICK_MS = 2;
const ENDING = /^\s*(COMMIT|ROLLBACK)/i;
/** Of connections that a lock stops right now: a lock is granted before the commit that gives it free has ended. */
const STOPPED = `SELECT count(DISTINCT l.pid) AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE NOT l.granted AND a.datname = current_database()`;

/**
 * @param sequelize whose statements are put into an order, where an actor makes them; it needs a connection for each
 * actor, and one to see who waits for whom
 */
export function interleave(sequelize: Sequelize): Interleaving {
  const current = new AsyncLocalStorage<{ actor: Progress; scheduler: Turns }>();
  let statements = 0;
  const moves = createMoves();
  const query = sequelize.query.bind(sequelize) as (...given: unknown[]) => Promise<unknown>;
  const ordered = async (...given: unknown[]) => {
    const asked = current.getStore();
    if (!asked) return query(...given);
    const { actor, scheduler } = asked;
    const isEnding = typeof given[0] === 'string' && ENDING.test(given[0]);
    statements += 1;
    actor.statements += 1;
    if (!isEnding && actor.statements >= actor.diesAt) throw new Died(`${actor.name} has died`);
    const waiting = scheduler.schedule(Promise.resolve(), actor.name);
    moves.note(() => (actor.waiting += 1));
    await waiting;
    actor.waiting -= 1;
    actor.running += 1;
    return query(...given).finally(() => moves.note(() => (actor.running -= 1)));
  };
  sequelize.query = ordered as typeof sequelize.query;

  const stopped = async () => {
    const [row] = (await query(STOPPED, { type: QueryTypes.SELECT })) as { n: string }[];
    return Number(row?.n);
  };
  return {
    statements: () => statements,
    run: async (scheduler, actors) => {
      const begun = actors.map(({ act, name, diesAt = Infinity }) => {
        const actor: Progress = { name, diesAt, statements: 0, waiting: 0, running: 0, isDone: false };
        const ending = current.run({ actor, scheduler }, () =>
          act().finally(() => moves.note(() => (actor.isDone = true))),
        );
        return { actor, ending };
      });
      const settled = Promise.allSettled(begun.map(({ ending }) => ending));
      const progress = begun.map(({ actor }) => actor);
      await drive(scheduler, progress, { stopped, moves });
      return settled;
    },
  };
}

/** What actors come to is noted, so that nobody need look again and again. */
function createMoves() {
  let wake: () => void = () => undefined;
  return {
    note: (change: () => unknown) => {
      change();
      wake();
    },
    /** Until something is noted. */
    next: () => new Promise<void>((resolve) => (wake = resolve)),
  };
}

interface Watch {
  stopped: () => Promise<number>;
  moves: ReturnType<typeof createMoves>;
}

/** Let one statement go whenever nobody can go on alone. */
async function drive(scheduler: Turns, actors: Progress[], watch: Watch) {
  for (;;) {
    await standstill(actors, watch);
    if (actors.every(({ isDone }) => isDone)) return;
    // With nothing to let go, PostgreSQL is about to find a deadlock.
    if (scheduler.count() > 0) {
      await scheduler.waitNext(1);
      // Whoever was let go is on the way once all microtasks are done.
      await turn();
    } else await Promise.race([watch.moves.next(), pause(QUICK_MS)]);
  }
}

/** Wait until everybody is done, waits for their turn, or is stopped by a lock. */
async function standstill(actors: Progress[], { stopped, moves }: Watch): Promise<void> {
  for (;;) {
    const mark = stateOf(actors);
    const running = actors.reduce((sum, actor) => sum + actor.running, 0);
    const isThinking = actors.some((actor) => !actor.isDone && actor.waiting + actor.running === 0);
    if (!isThinking && running === 0) return;
    await (isThinking ? moves.next() : Promise.race([moves.next(), pause(QUICK_MS)]));
    if (isThinking || mark !== stateOf(actors)) continue;
    if ((await stopped()) === running && mark === stateOf(actors)) return;
  }
}

const stateOf = (actors: Progress[]) =>
  actors.map(({ waiting, running, isDone }) => `${waiting} ${running} ${isDone}`).join();
