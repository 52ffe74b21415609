import { createAgenda } from './agenda.ts';
import { DAY_SECONDS } from './day.ts';
import { createQueue, delayOf, type Job } from './jobs.ts';
import { createNodes, SCAN_SECONDS, type NodeShape } from './nodes.ts';
import { createPods, type PodShape } from './pods.ts';
import { createRandom } from './random.ts';
import type { Scaler } from './scalers.ts';

export interface Setup {
  /** They are not changed. */
  jobs: readonly Job[];
  pod: PodShape;
  node: NodeShape;
  scaler: Scaler;
  seed: number;
  /** How long is looked at; what waits then is finished afterwards, unseen. */
  seconds?: number;
}

/** What a day was like. */
export interface Outcome {
  jobs: Job[];
  /** Seconds that extractions waited or ran in vain: the middle, and how long the slowest took. */
  delay: { p50: number; p95: number; p99: number; max: number };
  podHours: number;
  nodeHours: number;
  mostPods: number;
  mostNodes: number;
  /** Hours without any pod. */
  idleHours: number;
  handedBack: number;
  lost: number;
  /** Hours of a core that runs took which came to nothing. */
  wastedHours: number;
  interruptions: number;
}

const SAMPLE_SECONDS = 5;
/** What is not done by then never will be. */
const AFTERWARDS_SECONDS = 2 * DAY_SECONDS;
const HOUR_SECONDS = 3600;

/** Let a day happen. The same setup gives the same outcome. */
export function simulate({ jobs: given, pod, node, scaler, seed, seconds = DAY_SECONDS }: Setup): Outcome {
  const agenda = createAgenda();
  const queue = createQueue();
  const jobs = given.map((job): Job => ({ ...job, runs: [] }));
  const nodes = createNodes(agenda, node, createRandom(seed), (left, notice) => pods.evict(left, notice));
  const pods = createPods(agenda, pod, queue, nodes);
  for (const job of jobs) {
    agenda.after(job.at, () => {
      queue.add(job);
      pods.deal();
    });
  }
  agenda.every(SCAN_SECONDS, () => nodes.scan(pods.place()));
  const seen = { podSeconds: 0, idleSeconds: 0, mostPods: 0, mostNodes: 0 };
  agenda.every(SAMPLE_SECONDS, () => {
    seen.podSeconds += pods.replicas() * SAMPLE_SECONDS;
    if (pods.replicas() === 0) seen.idleSeconds += SAMPLE_SECONDS;
    seen.mostPods = Math.max(seen.mostPods, pods.replicas());
    seen.mostNodes = Math.max(seen.mostNodes, nodes.count());
  });
  scaler({ ...{ agenda, podCpu: pod.cpu, waiting: queue.waiting }, ...pods });
  agenda.runUntil(seconds);
  const looked = { ...seen, nodeSeconds: nodes.nodeSeconds(), interruptions: nodes.interruptions() };
  for (let end = seconds; !areDone(jobs) && end < seconds + AFTERWARDS_SECONDS; end += HOUR_SECONDS) {
    agenda.runUntil(end + HOUR_SECONDS);
  }
  return {
    ...endings(jobs),
    jobs,
    podHours: looked.podSeconds / HOUR_SECONDS,
    nodeHours: looked.nodeSeconds / HOUR_SECONDS,
    mostPods: looked.mostPods,
    mostNodes: looked.mostNodes,
    idleHours: looked.idleSeconds / HOUR_SECONDS,
    interruptions: looked.interruptions,
  };
}

const areDone = (jobs: Job[]) => jobs.every(({ runs }) => runs.at(-1)?.ending === 'done');

function endings(jobs: Job[]): Pick<Outcome, 'delay' | 'handedBack' | 'lost' | 'wastedHours'> {
  const delays = jobs.map(delayOf).sort((a, b) => a - b);
  const quantile = (q: number) => delays[Math.min(Math.floor(delays.length * q), delays.length - 1)] ?? 0;
  const runs = jobs.flatMap((job) => job.runs);
  const wasted = runs
    .filter(({ ending }) => ending !== 'done')
    .reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    delay: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: quantile(1) },
    handedBack: runs.filter(({ ending }) => ending === 'handed back').length,
    lost: runs.filter(({ ending }) => ending === 'lost').length,
    wastedHours: wasted / HOUR_SECONDS,
  };
}
