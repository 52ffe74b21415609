import { ProblemError } from '../errors.ts';
import type { NodeReport, WorkState } from './replies.ts';
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
}

/** A service on a node, as the registry tells it. */
interface RegistryService {
  name: string;
  nodeID: string;
}

/** Every process of the system that is known, by its name. */
export async function listNodes(call: NodeCall, now: Date): Promise<{ items: NodeReport[] }> {
  const [nodes, services] = await Promise.all([call<RegistryNode[]>('$node.list', {}), listServices(call)]);
  const namesOn = (id: string) => services.filter(({ nodeID }) => nodeID === id).map(({ name }) => name);
  const items = await Promise.all(nodes.map((node) => report(call, node, namesOn(node.id), now)));
  return { items: items.sort((a, b) => a.id.localeCompare(b.id)) };
}

/** The registry can tell of its nodes with their services, too, but not over a transporter: its own goes in circles. */
const listServices = (call: NodeCall): Promise<RegistryService[]> =>
  call('$node.services', { skipInternal: true, grouping: false });

async function report(
  call: NodeCall,
  { id, available, hostname, cpu, metadata }: RegistryNode,
  services: string[],
  now: Date,
): Promise<NodeReport> {
  const startedAt = typeof metadata?.startedAt === 'string' ? Date.parse(metadata.startedAt) : NaN;
  const works = available && services.includes('processor');
  return {
    ...{ id, available, services: services.sort() },
    hostname: hostname ?? '',
    version: typeof metadata?.version === 'string' ? metadata.version : null,
    uptimeSeconds: Number.isNaN(startedAt)
      ? null
      : Math.max(0, Math.round((now.getTime() - startedAt) / 1000)),
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
  const services = await listServices(call);
  if (services.some(({ name, nodeID }) => name === 'processor' && nodeID === id)) return;
  throw new ProblemError('not_found', { detail: `There is no node ${id} with a processor` });
}

/** Nodes have no database: what is asked of them is written down before. */
async function note(call: NodeCall, deed: Deed, now: Date): Promise<void> {
  await call('auth.noteDeed', entryOf(deed, now));
}
