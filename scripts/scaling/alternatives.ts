import { arrivals, dayWithPeak, meanLevel } from './day.ts';
import { simulateGateways, type GatewayShape } from './gateways.ts';
import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP } from './hpa.ts';
import { measured } from './measured.ts';
import type { NodeShape } from './nodes.ts';
import type { PodShape } from './pods.ts';
import { prices } from './prices.ts';
import { createRandom } from './random.ts';
import type { KedaRules, PodRules, UtilizationRules } from './rules.ts';
import { fixedPool, hpaOnCpu, kedaOnQueue, type Scaler } from './scalers.ts';
import { simulate, type Outcome } from './simulation.ts';

/** A table: columns, and a row for each alternative; the first one is what the manifests say. */
export interface Compared {
  columns: string[];
  rows: string[][];
}

export interface Day {
  videos: number;
  peak: number;
  seed: number;
}

/** What the model assumes, because it can't be measured here. */
export const assumed = {
  /** Half of the videos are shorter; people film short scenes, and a few film long ones. */
  medianMinutes: 2,
  spread: 1,
  maxMinutes: 60,
  /** A node has four cores (c7g.xlarge); what Kubernetes and its daemons keep of them. */
  nodeCpu: 4,
  keptCpu: 0.5,
  maxNodes: 50,
  /** From the order of a node to one that takes pods, and from there to the first message with the image pulled. */
  provisionSeconds: 90,
  startSeconds: 20,
  /** The cluster autoscaler's default (`--scale-down-unneeded-time`). */
  emptySeconds: 600,
  /** One of twenty machines a day, a tenth of them without a notice. */
  interruptionsPerHour: 0.05 / 24,
  withoutNotice: 0.1,
  /** A lease and the sweep that finds it lost. */
  leaseSeconds: 35,
} as const;

const meanMinutes = assumed.medianMinutes * Math.exp(assumed.spread ** 2 / 2);

interface Alternative {
  name: string;
  scaler: Scaler;
  pod?: Partial<PodShape>;
  node?: Partial<NodeShape>;
}

/** The day with the rules of the manifests, and with others beside them. */
export function compareProcessors(day: Day, keda: KedaRules, pod: PodRules): Compared {
  const work = {
    ...{ medianMinutes: assumed.medianMinutes, spread: assumed.spread, maxMinutes: assumed.maxMinutes },
    ...{ secondsEach: measured.processorEach.value, secondsPerMinute: measured.processorPerMinute.value },
  };
  const jobs = arrivals(dayWithPeak(day.peak), day.videos, work, createRandom(day.seed));
  const rows = alternatives(day, keda, pod).map((it) => {
    const shape = { ...podShape(pod), ...it.pod };
    const node = { ...nodeShape(shape.cpu), ...it.node };
    return rowOf(it.name, simulate({ jobs, pod: shape, node, scaler: it.scaler, seed: day.seed }));
  });
  const columns = [
    ...['processors', 'p50 s', 'p95 s', 'p99 s', 'max s', 'most pods', 'most nodes', 'node hours', '$ a day'],
    ...['no pod, h', 'handed back', 'lost', 'wasted h'],
  ];
  return { columns, rows };
}

const podShape = ({ cpu, concurrency }: PodRules): PodShape => ({
  ...{ cpu, concurrency, finishesWithin: 0 },
  ...{ startSeconds: assumed.startSeconds, leaseSeconds: assumed.leaseSeconds },
});

const nodeShape = (podCpu: number): NodeShape => ({
  podsEach: Math.max(1, Math.floor((assumed.nodeCpu - assumed.keptCpu) / podCpu)),
  ...{ min: 0, max: assumed.maxNodes, provisionSeconds: assumed.provisionSeconds },
  ...{ emptySeconds: assumed.emptySeconds, interruptionsPerHour: assumed.interruptionsPerHour },
  withoutNotice: assumed.withoutNotice,
});

function alternatives({ videos, peak }: Day, keda: KedaRules, pod: PodRules): Alternative[] {
  const perSecond = videos / 86_400;
  const workEach = measured.processorEach.value + measured.processorPerMinute.value * meanMinutes;
  const podsFor = (rate: number) => Math.ceil((rate * workEach) / pod.concurrency);
  const mean = podsFor(perSecond);
  const top = podsFor((perSecond / meanLevel(dayWithPeak(peak))) * peak);
  const fixed = (count: number) => ({
    scaler: fixedPool(count),
    node: { min: Math.ceil(count / nodeShape(pod.cpu).podsEach) },
  });
  const down = (seconds: number) => ({ ...keda.scaleDown, stabilizationWindowSeconds: seconds });
  return [
    { name: 'the manifests', scaler: kedaOnQueue(keda) },
    { name: `fixed, enough for the mean: ${mean}`, ...fixed(mean) },
    { name: `fixed, enough for the peak: ${top}`, ...fixed(top) },
    { name: 'HPA on CPU, 70 %', scaler: hpaOnCpu({ ...keda, target: 0.7 }) },
    { name: 'KEDA, waiting messages only', scaler: kedaOnQueue({ ...keda, counts: 'ready' }) },
    ...[1, 4, 8].map((perPod) => ({
      name: `${perPod} for each pod`,
      scaler: kedaOnQueue({ ...keda, perPod }),
    })),
    { name: 'defaults of KEDA and HPA', scaler: kedaOnQueue(defaultsOf(keda)) },
    {
      name: 'shrinking at once',
      scaler: kedaOnQueue({ ...keda, scaleDown: { ...DEFAULT_SCALE_DOWN, stabilizationWindowSeconds: 0 } }),
    },
    ...[300, 900].map((it) => ({
      name: `window of ${it} s`,
      scaler: kedaOnQueue({ ...keda, scaleDown: down(it) }),
    })),
    { name: 'pods that go finish first', scaler: kedaOnQueue(keda), pod: { finishesWithin: 3600 } },
    { name: 'two warm pods', scaler: kedaOnQueue({ ...keda, floor: 2, minReplicas: 2 }), node: { min: 1 } },
    { name: 'pods of two full cores', scaler: kedaOnQueue(keda), pod: { cpu: 2 } },
    {
      name: 'a stormy spot market (10 % an hour)',
      scaler: kedaOnQueue(keda),
      node: { interruptionsPerHour: 0.1 },
    },
  ];
}

const defaultsOf = (keda: KedaRules): KedaRules => ({
  ...{ ...keda, pollingSeconds: 30, cooldownSeconds: 300 },
  ...{ scaleUp: DEFAULT_SCALE_UP, scaleDown: DEFAULT_SCALE_DOWN },
});

function rowOf(name: string, outcome: Outcome): string[] {
  const { delay, mostPods, mostNodes, nodeHours, idleHours, handedBack, lost, wastedHours } = outcome;
  const seconds = (value: number) => (value === Infinity ? 'never' : value.toFixed(0));
  return [
    ...[name, ...[delay.p50, delay.p95, delay.p99, delay.max].map(seconds)],
    ...[mostPods, mostNodes].map(String),
    ...[
      nodeHours.toFixed(0),
      (nodeHours * prices['c7g.xlarge, spot'].dollars).toFixed(2),
      idleHours.toFixed(1),
    ],
    ...[String(handedBack), String(lost), wastedHours.toFixed(1)],
  ];
}

/** The same day at the gateways: of a hundred requests one is an upload, whose bytes go through the gateway. */
export function compareGateways({ videos, peak }: Day, hpa: UtilizationRules, pod: PodRules): Compared {
  const requests = videos * measured.requestsPerUpload.value;
  const upload = measured.gatewayEach.value + measured.gatewayPerMinute.value * meanMinutes;
  const gateway: GatewayShape = {
    cpuPerRequest: measured.gatewayPerRequest.value + upload / measured.requestsPerUpload.value,
    ...{ request: pod.cpu, limit: 1, startSeconds: 10 },
  };
  const direct = { ...gateway, cpuPerRequest: measured.gatewayPerRequest.value };
  const ways: [string, GatewayShape, UtilizationRules][] = [
    ['the manifests', gateway, hpa],
    ['fixed: the fewest', gateway, { ...hpa, maxReplicas: hpa.minReplicas }],
    ['target 50 %', gateway, { ...hpa, target: 0.5 }],
    ['target 90 %', gateway, { ...hpa, target: 0.9 }],
    ['twice as many at most', gateway, { ...hpa, maxReplicas: hpa.maxReplicas * 2 }],
    ['uploads straight to S3', direct, hpa],
  ];
  const rows = ways.map(([name, shape, rules]) => {
    const { refused, overloadedSeconds, mostPods, podHours } = simulateGateways(
      dayWithPeak(peak),
      requests,
      shape,
      rules,
    );
    return [
      name,
      `${(refused * 100).toFixed(2)} %`,
      String(overloadedSeconds),
      String(mostPods),
      podHours.toFixed(0),
    ];
  });
  return { columns: ['gateways', 'refused', 'overloaded s', 'most pods', 'pod hours'], rows };
}
