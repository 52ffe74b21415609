import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';

/** The pool of machines that processors run on. */
export interface NodeShape {
  /** Processors that fit on one: what it can give, divided by what they ask for. */
  podsEach: number;
  min: number;
  max: number;
  /** From the order to a node that takes pods. */
  provisionSeconds: number;
  /** An empty node goes after this time. */
  emptySeconds: number;
  /** Spot machines that are taken away, by hour of one machine. */
  interruptionsPerHour: number;
  /** Of them, those that go without the usual two minutes' notice. */
  withoutNotice: number;
}

export interface Node {
  id: number;
  pods: number;
  emptySince: number;
  from: number;
  isLeaving: boolean;
}

export interface Nodes {
  /** A place for one pod, on the node with most room. */
  reserve(): Node | undefined;
  release(node: Node): void;
  /** What the cluster autoscaler does from time to time: order nodes for pods that find no place, remove empty ones. */
  scan(pending: number): void;
  count(): number;
  /** Paid so far. */
  nodeSeconds(): number;
  interruptions(): number;
}

/** How often the cluster autoscaler looks (`--scan-interval`). */
export const SCAN_SECONDS = 10;
const NOTICE_SECONDS = 120;

/** @param onInterruption ends the pods of a node that is taken away */
export function createNodes(
  agenda: Agenda,
  shape: NodeShape,
  random: Random,
  onInterruption: (node: Node, notice: boolean) => void,
): Nodes {
  const nodes = new Set<Node>();
  let ordered = 0;
  let interruptions = 0;
  let paid = 0;
  let nextId = 0;

  const remove = (node: Node) => {
    if (nodes.delete(node)) paid += agenda.now() - node.from;
  };
  const interrupt = (node: Node) => {
    if (!nodes.has(node)) return;
    interruptions += 1;
    node.isLeaving = true;
    const notice = random.uniform() >= shape.withoutNotice;
    if (!notice) remove(node);
    else agenda.after(NOTICE_SECONDS, () => remove(node));
    onInterruption(node, notice);
  };
  const join = () => {
    const now = agenda.now();
    const node: Node = { id: nextId++, pods: 0, emptySince: now, from: now, isLeaving: false };
    nodes.add(node);
    agenda.after(random.exponential(shape.interruptionsPerHour / 3600), () => interrupt(node));
  };
  const order = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      ordered += 1;
      // Machines don't come at the same moment.
      agenda.after(shape.provisionSeconds * (0.8 + 0.4 * random.uniform()), () => {
        ordered -= 1;
        join();
      });
    }
  };
  for (let n = 0; n < shape.min; n += 1) join();

  return {
    reserve: () => {
      const free = [...nodes].filter((node) => !node.isLeaving && node.pods < shape.podsEach);
      const node = free.sort((a, b) => a.pods - b.pods || a.id - b.id)[0];
      if (node) node.pods += 1;
      return node;
    },
    release: (node) => {
      node.pods -= 1;
      if (node.pods === 0) node.emptySince = agenda.now();
    },
    scan: (pending) => {
      const missing = Math.ceil(pending / shape.podsEach) - ordered;
      order(Math.max(0, Math.min(missing, shape.max - nodes.size - ordered)));
      for (const node of nodes) {
        const isUnneeded = node.pods === 0 && agenda.now() - node.emptySince >= shape.emptySeconds;
        if (isUnneeded && nodes.size > shape.min) remove(node);
      }
    },
    count: () => nodes.size,
    nodeSeconds: () => paid + [...nodes].reduce((sum, { from }) => sum + agenda.now() - from, 0),
    interruptions: () => interruptions,
  };
}
