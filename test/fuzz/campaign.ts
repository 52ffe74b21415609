import { mkdir, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { watchHoldings, type Watched } from './holdings.ts';

/** What is attacked: something real that runs, and what is sent to it. */
export interface Target<Input> {
  inputs: fc.Arbitrary<Input>;
  /** How many inputs are under way at once. */
  lanes: number;
  /** Send one input. @returns what came of it, to be counted @throws what must not happen */
  attack(input: Input): Promise<string>;
  /** What must not hold more after the last input than before the first. */
  watched: Watched;
  /** After the last input. @returns facts for the report @throws when something does not work any more */
  settle(): Promise<string[]>;
  stop(): Promise<void>;
}

/** One class of inputs. */
export interface Campaign {
  name: string;
  run(options: CampaignOptions): Promise<Report>;
}

interface CampaignOptions {
  seed: number;
  /** How many inputs. */
  count: number;
  /** Repeat one input: how the failing one was reached. */
  path?: string;
  /** Where a failing input is saved. */
  folder: string;
  /** Ends it early: what was sent so far is judged. */
  signal?: AbortSignal;
}

interface Report {
  name: string;
  seed: number;
  inputs: number;
  seconds: number;
  /** How often each outcome came. */
  outcomes: Map<string, number>;
  facts: string[];
}

/** A campaign against a target that is started for it. */
export function campaign<Input>(name: string, start: () => Promise<Target<Input>>): Campaign {
  return { name, run: (options) => runCampaign(name, start, options) };
}

async function runCampaign<Input>(
  name: string,
  start: () => Promise<Target<Input>>,
  options: CampaignOptions,
): Promise<Report> {
  const target = await start();
  try {
    const begin = performance.now();
    const holdsAsMuch = await watchHoldings(target.watched);
    const outcomes = new Map<string, number>();
    const lanes = options.path === undefined ? target.lanes : 1;
    const share = Math.ceil(options.count / lanes);
    /** Whether a lane has failed: the others need not go on. */
    let over = false;
    // The target must not be stopped under a lane that still uses it: that error would hide the one that matters.
    const ends = await Promise.allSettled(Array.from({ length: lanes }, (_, n) => runLane(n, share)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const facts = [...(await target.settle()), await holdsAsMuch()];
    const seconds = (performance.now() - begin) / 1000;
    const inputs = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    return { name, seed: options.seed, inputs, seconds, outcomes, facts };

    async function runLane(lane: number, numRuns: number): Promise<void> {
      const attack = fc.asyncProperty(target.inputs, async (input) => {
        if (over || options.signal?.aborted) return;
        const outcome = await target.attack(input);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      });
      const path = options.path === undefined ? {} : { path: options.path };
      const seed = options.seed + lane;
      const details = await fc.check(attack, { seed, numRuns, endOnFailure: true, ...path });
      if (!details.failed) return;
      over = true;
      throw await tell(name, options.folder, details);
    }
  } finally {
    await target.stop();
  }
}

/** Save the failing input, and say how to send it again. */
async function tell<Input>(
  name: string,
  folder: string,
  { seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<[Input]>,
): Promise<Error> {
  await mkdir(folder, { recursive: true });
  const file = `${folder}/${name}-${seed}.txt`;
  await writeFile(file, fc.stringify(counterexample));
  const command = `npm run test:fuzz -- ${name} --seed ${seed} --path ${counterexamplePath ?? '0'}`;
  return new Error(`${name}: an input failed; it is in ${file}\nRepeat it with: ${command}`, {
    cause: errorInstance,
  });
}

/** How many outcomes a report names. */
const SHOWN = 20;

/** A report as lines for people. */
export function describeReport({ name, seed, inputs, seconds, outcomes, facts }: Report): string {
  const commonest = [...outcomes].sort(([, a], [, b]) => b - a);
  const most = commonest.slice(0, SHOWN).map(([outcome, count]) => `${count} ${outcome}`);
  const others = commonest.length > SHOWN ? `, and ${commonest.length - SHOWN} other outcomes` : '';
  const lines = [...facts, `${most.join(', ')}${others}`];
  return `${name}: ${inputs} inputs in ${seconds.toFixed(1)} s (seed ${seed})\n  ${lines.join('\n  ')}`;
}
