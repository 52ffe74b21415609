import { ProblemError } from '../errors.ts';
import type { NodeReport, WorkState } from './contracts.ts';
import { entryOf, type Deed } from './deeds.ts';

/** Calls an action by its name; on one node where that is given. */
export type NodeCall = <Result>(action: string, params: object, on?: { nodeID: string }) => Promise<Result>;

/** What Moleculer's registry tells of a node. */
interface RegistryNode {
  id: string;
  available: boolean;
  hostname?: string | null;
  cpu?: number | null;
  metadata?: { version?: unknown; startedAt?: unknown } | null;
  services: { name: string }[];
}

/** Every process of the system that is known, by its name. */
export async function listNodes(call: NodeCall, now: Date): Promise<{ items: NodeReport[] }> {
  const nodes = await call<RegistryNode[]>('$node.list', { withServices: true });
  const items = await Promise.all(nodes.map((node) => report(call, node, now)));
  return { items: items.sort((a, b) => a.id.localeCompare(b.id)) };
}

async function report(call: NodeCall, node: RegistryNode, now: Date): Promise<NodeReport> {
  const { id, available, hostname, cpu, metadata } = node;
  const services = node.services.map(({ name }) => name).filter((name) => !name.startsWith('$'));
  const startedAt = typeof metadata?.startedAt === 'string' ? Date.parse(metadata.startedAt) : NaN;
  const works = available && services.includes('processor');
  return {
    ...{ id, available, services: services.sort() },
    hostname: hostname ?? '',
    version: typeof metadata?.version === 'string' ? metadata.version : null,
    uptimeSeconds: Number.isNaN(startedAt) ? null : Math.max(0, Math.round((now.getTime() - startedAt) / 1000)),
    cpu: cpu ?? null,
    // One that doesn't answer must not hide the others.
    work: works ? await onNode<WorkState>(call, 'processor.work', id).catch(() => null) : null,
  };
}

/**
 * Have the processor of one node take no more work, and hand back what it has; another one goes on with it.
 * @returns its state: it is empty when nothing is in hand
 * @throws ProblemError `not_found` when there is no such node with a processor
 */
export async function drainNode(
  call: NodeCall,
  { node, by }: { node: string; by: string },
  now: Date,
): Promise<WorkState> {
  await assertProcessor(call, node);
  await note(call, { by, deed: 'node_drained', about: null, details: { node } }, now);
  return onNode(call, 'processor.drain', node);
}

/**
 * Have the processor of one node take work again.
 * @throws ProblemError `not_found` when there is no such node with a processor
 */
export async function resumeNode(
  call: NodeCall,
  { node, by }: { node: string; by: string },
  now: Date,
): Promise<WorkState> {
  await assertProcessor(call, node);
  await note(call, { by, deed: 'node_resumed', about: null, details: { node } }, now);
  return onNode(call, 'processor.resume', node);
}

const onNode = <Result>(call: NodeCall, action: string, nodeID: string): Promise<Result> =>
  call<Result>(action, {}, { nodeID });

async function assertProcessor(call: NodeCall, id: string): Promise<void> {
  const nodes = await call<RegistryNode[]>('$node.list', { withServices: true, onlyAvailable: true });
  const node = nodes.find((each) => each.id === id);
  if (!node) throw new ProblemError('not_found', { detail: `There is no node ${id}` });
  if (!node.services.some(({ name }) => name === 'processor')) {
    throw new ProblemError('not_found', { detail: `The node ${id} has no processor` });
  }
}

/** Nodes have no database: what is asked of them is written down before. */
async function note(call: NodeCall, deed: Deed, now: Date): Promise<void> {
  await call('auth.noteDeed', entryOf(deed, now));
}
