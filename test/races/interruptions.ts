import type { Interleaving, Turns } from './interleaving.ts';

/**
 * One thing is interrupted by another, once between any two of its statements: what is read and then relied upon is
 * found out, whatever the chances are that it happens.
 */

const FIRST = 'first';

/** Lets the first make some statements, then the second go as far as it can, then the first go on. */
export function interruptedAfter(statements: number): Turns & { made: () => number } {
  const waiting: { name: string; go: () => void }[] = [];
  let made = 0;
  return {
    made: () => made,
    count: () => waiting.length,
    schedule: async (task, name = '') => {
      await new Promise<void>((go) => waiting.push({ name, go }));
      return task;
    },
    waitNext: () => {
      const isFirstsTurn = made < statements;
      const wanted = waiting.findIndex(({ name }) => (name === FIRST) === isFirstsTurn);
      const [next] = waiting.splice(Math.max(0, wanted), 1);
      if (next?.name === FIRST) made += 1;
      next?.go();
      return Promise.resolve();
    },
  };
}

type Outcome = PromiseSettledResult<unknown>;

/** Two things that happen to the same, and what must be true of it then. */
export interface Meeting<Stage> {
  prepare: () => Promise<Stage>;
  first: (stage: Stage) => Promise<unknown>;
  second: (stage: Stage) => Promise<unknown>;
  /** @throws what jest throws where something is wrong */
  check: (stage: Stage, first: Outcome, second: Outcome) => Promise<void> | void;
}

/**
 * @returns how often the first has been interrupted: before each of its statements, and once it was done
 * @throws what a check throws, with the place of the interruption
 */
export async function interruptEverywhere<Stage>(
  together: Interleaving,
  { prepare, first, second, check }: Meeting<Stage>,
): Promise<number> {
  for (let after = 0; ; after += 1) {
    const stage = await prepare();
    const turns = interruptedAfter(after);
    const [one, two] = await together.run<unknown>(turns, [
      { name: FIRST, act: () => first(stage) },
      { name: 'second', act: () => second(stage) },
    ]);
    if (!one || !two) throw new Error('Somebody has not come to an end');
    await Promise.resolve(check(stage, one, two)).catch((error: unknown) => {
      throw new Error(`interrupted after ${after} statements`, { cause: error });
    });
    if (turns.made() <= after) return after + 1;
  }
}

export const isDone = ({ status }: Outcome) => status === 'fulfilled';
