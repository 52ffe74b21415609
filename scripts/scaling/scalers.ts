import type { Agenda } from './agenda.ts';
import { createHpa, SYNC_SECONDS, wantedForSum, wantedForUtilization, type Hpa } from './hpa.ts';
import type { KedaRules, UtilizationRules } from './rules.ts';

/** What a scaler sees and may change. */
interface World {
  agenda: Agenda;
  waiting: () => number;
  running: () => number;
  replicas: () => number;
  /** Those that have been ready for so long. */
  ready: (forSeconds?: number) => number;
  /** Cores that a pod asks for. */
  podCpu: number;
  setReplicas: (count: number) => void;
}

/** Decides how many pods there are. */
export type Scaler = (world: World) => void;

/** RabbitMQ counts its queues anew this often (`collect_statistics_interval`). */
const BROKER_SECONDS = 5;
/** The metrics server tells the mean of about so long ago (`--metric-resolution` and the kubelet's own period). */
const CPU_WINDOW_SECONDS = 30;

/** As many pods as are given, always. */
export const fixedPool =
  (count: number): Scaler =>
  (world) =>
    world.setReplicas(count);

/**
 * KEDA on the queue. It wakes the first pod and takes the last one itself, by its polls; in between Kubernetes' HPA
 * decides, with what KEDA tells it of the queue.
 */
export const kedaOnQueue =
  (rules: KedaRules): Scaler =>
  (world) => {
    const { agenda } = world;
    const hpa = createHpa(rules);
    let messages = 0;
    let lastActive = -Infinity;
    agenda.every(BROKER_SECONDS, () => {
      messages = world.waiting() + (rules.counts === 'ready' ? 0 : world.running());
    });
    world.setReplicas(rules.floor);
    agenda.every(rules.pollingSeconds, () => {
      const isActive = messages > rules.activation;
      if (isActive) lastActive = agenda.now();
      if (isActive && world.replicas() === 0) world.setReplicas(Math.max(1, rules.floor));
      const isCold = agenda.now() - lastActive > rules.cooldownSeconds;
      if (!isActive && isCold && rules.floor === 0 && world.replicas() > 0) world.setReplicas(0);
    });
    agenda.every(SYNC_SECONDS, () => {
      // An HPA rests while there is no pod.
      if (world.replicas() === 0) return;
      const wanted = wantedForSum(messages, rules.perPod, world.replicas());
      decide(world, hpa, wanted);
    });
  };

/** The usual HPA: on the CPU that pods use, of what they ask for. */
export const hpaOnCpu =
  (rules: UtilizationRules): Scaler =>
  (world) => {
    const { agenda } = world;
    const hpa = createHpa(rules);
    const samples: number[] = [];
    world.setReplicas(rules.minReplicas);
    agenda.every(BROKER_SECONDS, () => {
      samples.push(world.ready() === 0 ? 0 : world.running() / (world.ready() * world.podCpu));
      if (samples.length > CPU_WINDOW_SECONDS / BROKER_SECONDS) samples.shift();
    });
    agenda.every(SYNC_SECONDS, () => {
      const utilization = samples.reduce((sum, sample) => sum + sample, 0) / Math.max(1, samples.length);
      // Pods that are new have no figures yet.
      const known = world.ready(CPU_WINDOW_SECONDS);
      decide(world, hpa, wantedForUtilization(utilization, rules.target, known, world.replicas()));
    });
  };

function decide(world: World, hpa: Hpa, wanted: number): void {
  const replicas = world.replicas();
  const next = hpa.decide(world.agenda.now(), replicas, wanted);
  if (next !== replicas) world.setReplicas(next);
}
