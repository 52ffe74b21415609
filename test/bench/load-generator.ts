/**
 * A process that sends requests at given rates, as people come: each at its time, whether or not others have their
 * answers (an open model), with random gaps between them (Poisson). Every latency counts from the moment at which the
 * request was due, so that a generator or a system that falls behind makes no request disappear from the figures
 * (coordinated omission). It gets a {@link Plan} from its parent, and sends back every {@link Sample}.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { choose, names, perform, type Visitor } from './load-operations.ts';

/** Rates one after the other. */
export interface Plan {
  urls: string[];
  visitors: Visitor[];
  /** In base64. */
  clip: string;
  seed: number;
  phases: { perSecond: number; seconds: number }[];
}

/** One request: its operation's number, when it was due (ms from the start), how long it took from then, its status. */
export type Sample = [operation: number, dueMs: number, tookMs: number, status: number];

/** No more than this at a time; a request that is due meanwhile counts as not answered. */
const MAX_OPEN = 8000;

/** The same numbers from 0 to 1 at each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When requests are due, in milliseconds from the start. */
function* arrivals({ phases }: Plan, random: () => number): Generator<number> {
  let begin = 0;
  for (const { perSecond, seconds } of phases) {
    const end = begin + seconds * 1000;
    for (let due = begin; ;) {
      due += (-Math.log(1 - random()) / perSecond) * 1000;
      if (due >= end) break;
      yield due;
    }
    begin = end;
  }
}

async function run(plan: Plan): Promise<Sample[]> {
  const random = randomFrom(plan.seed);
  const clip = Buffer.from(plan.clip, 'base64');
  const samples: Sample[] = [];
  const open = new Set<Promise<void>>();
  const start = performance.now();
  for (const due of arrivals(plan, random)) {
    const name = choose(random());
    const visitor = plan.visitors[Math.floor(random() * plan.visitors.length)];
    const url = plan.urls[samples.length % plan.urls.length];
    if (!visitor || url === undefined) throw new Error('A plan needs visitors and URLs');
    const early = start + due - performance.now();
    if (early > 1) await pause(early);
    const note = (status: number) => {
      samples.push([names.indexOf(name), due, performance.now() - start - due, status]);
    };
    if (open.size >= MAX_OPEN) {
      note(0);
      continue;
    }
    const request: Promise<void> = perform(name, visitor, url, clip).then((status) => {
      note(status);
      open.delete(request);
    });
    open.add(request);
  }
  await Promise.all(open);
  return samples;
}

process.on('message', (plan: Plan) => {
  run(plan).then(
    (samples) => process.send?.(samples, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
