/**
 * The system under load: a mix of what people do (test/bench/load-operations.ts) at rising rates until it can't keep up,
 * then an overload of twice the knee and the recovery from it, beside the same system that turns nobody away.
 * Usage: load.ts [--cluster] [--seconds 6 (for each rate)] [--most 2000 (requests a second)] [--plot load.svg]
 */
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster } from '../support/cluster.ts';
import { footage } from '../support/footage.ts';
import { PASSWORD, registerPerson } from '../support/person.ts';
import { startSystem } from '../support/system.ts';
import { between, bySecond, figuresOf, isGood, printFigures, worst, type Figures } from './load-figures.ts';
import type { Plan, Sample } from './load-generator.ts';
import type { Visitor } from './load-operations.ts';
import { plotLoad, type Step } from './load-plot.ts';
import type { Reading } from './loop-probe.ts';

const { values: options } = parseArgs({
  options: {
    cluster: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '6' },
    most: { type: 'string', default: '2000' },
    plot: { type: 'string' },
  },
});
const STEP_SECONDS = Number(options.seconds);
const MOST_PER_SECOND = Number(options.most);
const FIRST_PER_SECOND = 40;
const GROWTH = 1.35;
/** People find slower than this slow. */
const GOOD_MS = 500;
const VISITORS = 40;
const OVERLOAD = { before: 6, during: 12, after: 20 };
const SHEDS_NOTHING = { MAX_DELAY_MS: '0', MAX_QUEUED_CALLS: '1000000' };

/** A system that is loaded, and people who have a video there. */
interface Subject {
  urls: string[];
  visitors: Visitor[];
  readings(): Promise<Reading[]>;
  stop(): Promise<void>;
}

async function startSubject(env: Record<string, string>): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'video-system-load-'));
  const probe = fileURLToPath(new URL('./loop-probe.ts', import.meta.url));
  const file = join(folder, 'probe');
  await writeFile(file, '');
  const all = {
    NODE_OPTIONS: `--import ${pathToFileURL(probe).href}`,
    LOOP_PROBE: file,
    PROCESSOR_CONCURRENCY: '1',
    // Each visitor comes from a network of their own.
    TRUSTED_PROXIES: '1',
    ...env,
  };
  const system = options.cluster ? await clusterWith(all, folder) : await alone(all);
  return {
    urls: system.urls,
    visitors: await Promise.all(
      Array.from({ length: VISITORS }, (_, n) => makeVisitor(system.urls[0] ?? '', n)),
    ),
    readings: async () =>
      (await readFile(file, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Reading),
    stop: async () => {
      await system.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function alone(env: Record<string, string>) {
  const system = await startSystem({ env });
  return { urls: [system.url], stop: () => system.remove() };
}

async function clusterWith(env: Record<string, string>, folder: string) {
  const replicas = { api: 1, auth: 1, video: 1, notify: 1, processor: 1 };
  const mailUrl = pathToFileURL(join(folder, 'mail')).href;
  const cluster = await startCluster({ replicas, mailUrl, env });
  return { urls: cluster.urls, stop: () => cluster.stop() };
}

async function makeVisitor(url: string, n: number): Promise<Visitor> {
  const person = await registerPerson(url);
  const { id } = await person.upload(footage('birds.mp4'), {
    recipe: JSON.stringify({ select: { mode: 'count', count: 3 }, maxWidth: 320 }),
  });
  await person.waitFor(id, 'completed');
  const { email, tokens } = person;
  return { email, password: PASSWORD, token: tokens.accessToken, videoId: id, address: `10.0.${n}.1` };
}

/** Run a plan in a process of its own, so that it neither slows the system's figures down nor is slowed by them. */
async function generate({ urls, visitors }: Subject, phases: Plan['phases']): Promise<Sample[]> {
  const child = fork(fileURLToPath(new URL('./load-generator.ts', import.meta.url)));
  const clip = (await readFile(footage('birds.mp4'))).toString('base64');
  const plan: Plan = { urls, visitors, clip, seed: 1, phases };
  return new Promise((resolve, reject) => {
    child.once('message', (samples: Sample[]) => resolve(samples));
    child.once('exit', (code) => reject(new Error(`The generator ended early, with ${code}`)));
    child.send(plan);
  });
}

/** Rates that rise until it can't keep up, and one more. */
async function climb(subject: Subject): Promise<Step[]> {
  const steps: Step[] = [];
  console.log(`\nrates, ${STEP_SECONDS} s each; latency of what was served, from when it was due`);
  console.log(
    ' per s   served    shed  failed   p50 ms   p95 ms   p99 ms  loop p99 ms  memory MB  load average',
  );
  for (let perSecond = FIRST_PER_SECOND; perSecond <= MOST_PER_SECOND; perSecond *= GROWTH) {
    const from = Date.now();
    const figures = figuresOf(await generate(subject, [{ perSecond, seconds: STEP_SECONDS }]));
    const gateway = worst(await subject.readings(), from, Date.now());
    steps.push({ perSecond, ...figures });
    printStep(perSecond, figures, gateway);
    if (figures.served < figures.sent * 0.6) break;
    await pause(1000);
  }
  return steps;
}

function printStep(perSecond: number, figures: Figures, { loopP99, rssMB }: ReturnType<typeof worst>): void {
  const { sent, served, shed, failed, p50, p95, p99 } = figures;
  const part = (count: number) => `${((100 * count) / sent).toFixed(1)} %`.padStart(8);
  const times = [p50, p95, p99].map((ms) => ms.toFixed(0).padStart(9)).join('');
  const rest = [loopP99.toFixed(0).padStart(13), rssMB.toFixed(0).padStart(11)].join('');
  const machine = (loadavg()[0] ?? NaN).toFixed(1).padStart(14);
  console.log(
    `${perSecond.toFixed(0).padStart(6)} ${part(served)}${part(shed)}${part(failed)}${times}${rest}${machine}`,
  );
}

async function overload(subject: Subject, knee: number, name: string): Promise<Sample[]> {
  const { before, during, after } = OVERLOAD;
  const from = Date.now();
  const samples = await generate(subject, [
    { perSecond: knee / 2, seconds: before },
    { perSecond: knee * 2, seconds: during },
    { perSecond: knee / 2, seconds: after },
  ]);
  const { loopP99, rssMB } = worst(await subject.readings(), from, Date.now());
  printFigures(`${name}: during the overload`, between(samples, before * 1000, (before + during) * 1000));
  console.log(`gateway: event loop p99 ${loopP99.toFixed(0)} ms at worst, ${rssMB.toFixed(0)} MB at most`);
  return samples;
}

/** Served soon enough to be of use, in a second of the overload. */
function useful(samples: Sample[]): number {
  const from = OVERLOAD.before * 1000;
  const during = between(samples, from, from + OVERLOAD.during * 1000);
  return (
    during.filter(([, , ms, status]) => status < 300 && status > 0 && ms <= 1000).length / OVERLOAD.during
  );
}

/** Seconds in a row that show that it is back, and not by chance. */
const STEADY = 3;

/** How many seconds after the overload it serves as up to the knee again; null when not while it is watched. */
function recovery(samples: Sample[]): number | null {
  const { before, during, after } = OVERLOAD;
  const seconds = bySecond(samples, before + during + after).slice(before + during);
  const good = seconds.map((second) => isGood(second, GOOD_MS));
  const back = good.findIndex((_, n) => n + STEADY <= after && good.slice(n, n + STEADY).every(Boolean));
  return back < 0 ? null : back;
}

const said = (seconds: number | null) =>
  seconds === null ? `not back in ${OVERLOAD.after} s` : `back within ${seconds + 1} s`;

async function withSubject<Result>(
  env: Record<string, string>,
  work: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  const subject = await startSubject(env);
  try {
    return await work(subject);
  } finally {
    await subject.stop();
  }
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`);
console.log(
  `${options.cluster ? 'cluster, one process of each service' : 'one process'}; all on this machine`,
);
console.log(
  `load average before: ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);

const { steps, knee, shedding } = await withSubject({}, async (subject) => {
  const climbed = await climb(subject);
  const best = climbed.findLast((step) => isGood(step, GOOD_MS))?.perSecond ?? FIRST_PER_SECOND;
  console.log(
    `\nknee: ${best.toFixed(0)} requests a second, the most of which 99 % were served, 95 % in ${GOOD_MS} ms`,
  );
  await pause(10_000);
  return { steps: climbed, knee: best, shedding: await overload(subject, best, 'with load shedding') };
});
const baseline = await withSubject(SHEDS_NOTHING, (subject) => {
  return overload(subject, knee, 'without (the baseline)');
});

const ratio = (useful(shedding) / useful(baseline)).toFixed(2);
console.log(
  `\nserved within 1 s, each second of the overload: ${useful(shedding).toFixed(0)} with, ${useful(baseline).toFixed(0)} without; ratio ${ratio}`,
);
console.log(`after the overload: ${said(recovery(shedding))} with, ${said(recovery(baseline))} without`);
console.log(
  `load average after: ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);
if (options.plot !== undefined) {
  const { before, during, after } = OVERLOAD;
  const seconds = before + during + after;
  await writeFile(
    options.plot,
    plotLoad(
      `${options.cluster ? 'A cluster' : 'One process'} under load, on ${availableParallelism()} cores`,
      {
        steps,
        knee,
        overload: { from: before, until: before + during, perSecond: 2 * knee },
        shedding: bySecond(shedding, seconds),
        baseline: bySecond(baseline, seconds),
      },
    ),
  );
}
