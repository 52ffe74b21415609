import type { Agenda } from './agenda.ts';
import type { Ending, Job, Queue, Run } from './jobs.ts';
import type { Node, Nodes } from './nodes.ts';

/** A processor's pod. */
export interface PodShape {
  cpu: number;
  /** Extractions at a time; each has a core then. */
  concurrency: number;
  /** From its place on a node to its first message. */
  startSeconds: number;
  /** What SIGTERM does: hand back what is in hand, or finish it within so many seconds. */
  finishesWithin: number;
  /** Until a killed pod's extractions are tried again: the lease runs out, the sweep finds them. */
  leaseSeconds: number;
}

interface Pod {
  id: number;
  node?: Node;
  state: 'pending' | 'starting' | 'ready' | 'stopping' | 'gone';
  since: number;
  work: Map<Job, Run>;
}

/** The pods of a Deployment whose number changes. */
export interface Pods {
  setReplicas: (count: number) => void;
  replicas: () => number;
  /** Those that have been ready for so long. */
  ready: (forSeconds?: number) => number;
  /** Extractions that run. */
  running: () => number;
  /** Give waiting work to pods with room for it. */
  deal(): void;
  /** End the pods of a node: with a notice they stop, without one they are killed. */
  evict(node: Node, notice: boolean): void;
  /** Put pending pods where there is room; returns how many are left. */
  place(): number;
}

/** `preStop` waits for ten seconds, then SIGTERM comes and what is in hand is handed back. */
const HAND_BACK_SECONDS = 12;

/** Pods of one kind, none at first, which work on what the queue holds. */
export function createPods(agenda: Agenda, shape: PodShape, queue: Queue, nodes: Nodes): Pods {
  const all = new Set<Pod>();
  let nextId = 0;
  const alive = () => [...all].filter(({ state }) => state !== 'stopping');
  const inState = (state: Pod['state']) => [...all].filter((pod) => pod.state === state);

  const start = (pod: Pod, job: Job) => {
    const run: Run = { pod: pod.id, from: agenda.now(), to: Infinity };
    job.runs.push(run);
    pod.work.set(job, run);
    agenda.after(job.work, () => {
      if (run.ending !== undefined) return;
      end(pod, job, 'done');
      if (pod.state === 'stopping' && pod.work.size === 0) remove(pod);
      deal();
    });
  };
  const end = (pod: Pod, job: Job, ending: Ending) => {
    Object.assign(pod.work.get(job) ?? {}, { to: agenda.now(), ending });
    pod.work.delete(job);
  };
  const deal = () => {
    for (const pod of inState('ready')) {
      while (pod.work.size < shape.concurrency) {
        const job = queue.take();
        if (!job) return;
        start(pod, job);
      }
    }
  };
  const remove = (pod: Pod) => {
    pod.state = 'gone';
    all.delete(pod);
    if (pod.node) nodes.release(pod.node);
  };
  const handBack = (pod: Pod) => {
    for (const job of [...pod.work.keys()]) {
      end(pod, job, 'handed back');
      queue.add(job);
    }
    remove(pod);
    deal();
  };
  const stop = (pod: Pod, within: number) => {
    const isIdle = pod.work.size === 0;
    pod.state = 'stopping';
    if (isIdle) remove(pod);
    else agenda.after(within, () => pod.state === 'stopping' && handBack(pod));
  };
  const kill = (pod: Pod) => {
    for (const job of [...pod.work.keys()]) {
      end(pod, job, 'lost');
      agenda.after(shape.leaseSeconds, () => {
        queue.add(job);
        deal();
      });
    }
    remove(pod);
  };
  const add = () => {
    const pod: Pod = { id: nextId++, state: 'pending', since: agenda.now(), work: new Map() };
    all.add(pod);
  };
  const place = () => {
    const pending = inState('pending');
    for (const [done, pod] of pending.entries()) {
      const node = nodes.reserve();
      if (!node) return pending.length - done;
      Object.assign(pod, { node, state: 'starting' });
      agenda.after(shape.startSeconds, () => {
        if (pod.state !== 'starting') return;
        pod.state = 'ready';
        pod.since = agenda.now();
        deal();
      });
    }
    return 0;
  };

  const setReplicas = (count: number) => {
    const pods = alive();
    for (let n = pods.length; n < count; n += 1) add();
    const surplus = pods.sort(firstToGo).slice(0, Math.max(0, pods.length - count));
    for (const pod of surplus) stop(pod, Math.max(shape.finishesWithin, HAND_BACK_SECONDS));
    place();
  };
  return {
    setReplicas,
    replicas: () => alive().length,
    ready: (forSeconds = 0) =>
      inState('ready').filter(({ since }) => since <= agenda.now() - forSeconds).length,
    running: () => [...all].reduce((sum, { work }) => sum + work.size, 0),
    deal,
    place,
    evict: (node, notice) => {
      const count = alive().length;
      for (const pod of [...all].filter((it) => it.node === node)) {
        if (!notice) kill(pod);
        else if (pod.state !== 'stopping') stop(pod, HAND_BACK_SECONDS);
      }
      setReplicas(count);
    },
  };
}

const RANK: Record<Pod['state'], number> = { pending: 0, starting: 1, ready: 2, stopping: 3, gone: 4 };

/**
 * Which pods a ReplicaSet removes first: those that are not ready, then those with company on their node, then the
 * newest. It does not know which of them work.
 */
const firstToGo = (a: Pod, b: Pod) =>
  RANK[a.state] - RANK[b.state] ||
  (b.node?.pods ?? 0) - (a.node?.pods ?? 0) ||
  b.since - a.since ||
  b.id - a.id;
