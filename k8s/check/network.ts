import { BlockList, isIP } from 'node:net';
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec';
import { ofKind, podsOf, selects, type Labels, type Manifest } from './manifest.ts';

/** Somebody who may begin or take connections: a pod, or an address outside of the cluster. */
export type Party = { namespace: string; labels: Labels } | { address: string };

const OURS = 'video-system';

/** Pods of the namespace by the names of their owners, and those outside who matter. */
export function partiesOf(objects: Manifest[]): Map<string, Party> {
  const pods = podsOf(objects).map(({ owner, labels }): [string, Party] => [
    owner.metadata.name,
    { namespace: OURS, labels },
  ]);
  return new Map([...pods, ...Object.entries(outside)]);
}

const outside: Record<string, Party> = {
  prometheus: { namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
  collector: { namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'collector' } },
  'monitoring-others': { namespace: 'monitoring', labels: {} },
  keda: { namespace: 'keda', labels: { app: 'keda-operator' } },
  'cluster-dns': { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  'kube-system-others': { namespace: 'kube-system', labels: {} },
  'other-namespace': {
    namespace: 'default',
    labels: { 'app.kubernetes.io/name': 'rabbitmq', 'app.kubernetes.io/component': 'service' },
  },
  'stranger-in-ours': { namespace: OURS, labels: {} },
  internet: { address: '203.0.113.10' },
  'stores-of-vpc': { address: '10.20.70.5' },
  'load-balancer': { address: '10.20.193.7' },
  'private-network': { address: '192.168.4.4' },
  'other-vpc': { address: '10.99.1.1' },
  'identity-agent': { address: '169.254.170.23' },
  'instance-metadata': { address: '169.254.169.254' },
};

/** Whether the policies let one party connect to another one by TCP. */
export function isAllowed(objects: Manifest[], from: Party, to: Party, port: number): boolean {
  const policies = ofKind<INetworkPolicySpec>(objects, 'NetworkPolicy').map(({ spec }) => spec);
  return (
    isOpen(policiesFor(policies, from, 'Egress'), (policy) =>
      (policy.egress ?? []).some((rule) => hasPeer(rule.to, to) && hasPort(rule.ports, port)),
    ) &&
    isOpen(policiesFor(policies, to, 'Ingress'), (policy) =>
      (policy.ingress ?? []).some((rule) => hasPeer(rule.from, from) && hasPort(rule.ports, port)),
    )
  );
}

/** Whom no policy is about may do everything; policies add to each other. */
const isOpen = (policies: INetworkPolicySpec[], lets: (policy: INetworkPolicySpec) => boolean): boolean =>
  policies.length === 0 || policies.some(lets);

const policiesFor = (
  policies: INetworkPolicySpec[],
  party: Party,
  type: 'Ingress' | 'Egress',
): INetworkPolicySpec[] =>
  'namespace' in party && party.namespace === OURS
    ? policies.filter(
        ({ podSelector, policyTypes }) =>
          selects(podSelector ?? {}, party.labels) && (policyTypes ?? []).includes(type),
      )
    : [];

type Peers = NonNullable<INetworkPolicySpec['egress']>[number]['to'];
type Ports = NonNullable<INetworkPolicySpec['egress']>[number]['ports'];

function hasPeer(peers: Peers, party: Party): boolean {
  if (peers === undefined) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock) {
      // What a block lets through is about addresses outside; a pod's is not known before it runs.
      if (!('address' in party)) return false;
      return (
        isIn(ipBlock.cidr, party.address) && !(ipBlock.except ?? []).some((it) => isIn(it, party.address))
      );
    }
    if (!('namespace' in party)) return false;
    const isThere = namespaceSelector
      ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': party.namespace })
      : party.namespace === OURS;
    return isThere && selects(podSelector ?? {}, party.labels);
  });
}

function isIn(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  if (isIP(network) !== 4) throw new Error(`${cidr} is no network of IPv4`);
  const list = new BlockList();
  list.addSubnet(network, Number(bits));
  return list.check(address);
}

function hasPort(ports: Ports, port: number): boolean {
  if (ports === undefined) return true;
  return ports.some(({ protocol = 'TCP', port: first, endPort }) => {
    if (protocol !== 'TCP') return false;
    if (typeof first !== 'number') throw new Error('Policies name ports by their numbers');
    return port >= first && port <= (endPort ?? first);
  });
}
