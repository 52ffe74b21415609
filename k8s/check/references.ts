import { containersOf, nameOf, ofKind, podsOf, selects, type Manifest, type Pods } from './manifest.ts';

type Selector = Parameters<typeof selects>[0];
type Port = number | string;

/** What an object says of another one that is not so: names, ports, selectors. */
export const references: Record<string, (objects: Manifest[]) => string[]> = {
  'a Service leads to pods, by ports that they have': (objects) =>
    ofKind<{ selector?: Record<string, string>; ports: { port: number; targetPort?: Port }[] }>(
      objects,
      'Service',
    ).flatMap((service) => {
      const pods = chosen(objects, { matchLabels: service.spec.selector ?? {} });
      const missing = service.spec.ports.filter(({ port, targetPort }) => !haveAll(pods, targetPort ?? port));
      return [
        ...(pods.length === 0 ? [`${nameOf(service)}: no pods`] : []),
        ...missing.map(({ port }) => `${nameOf(service)}: nobody listens behind ${port}`),
      ];
    }),

  'a monitor asks ports that there are': (objects) =>
    ofKind<{ selector: Selector; podMetricsEndpoints: { port: string; path?: string }[] }>(
      objects,
      'PodMonitor',
    ).flatMap((monitor) => {
      const pods = chosen(objects, monitor.spec.selector);
      if (pods.length === 0) return [`${nameOf(monitor)}: no pods`];
      return monitor.spec.podMetricsEndpoints
        .filter(({ port }) => !haveAll(pods, port))
        .map(({ port }) => `${nameOf(monitor)}: no port ${port}`);
    }),

  'an Ingress leads to a Service’s port': (objects) =>
    ofKind<{ rules: { http: { paths: IngressPath[] } }[] }>(objects, 'Ingress').flatMap((ingress) =>
      ingress.spec.rules
        .flatMap(({ http }) => http.paths)
        .filter(({ backend }) => !isPortOf(objects, backend.service))
        .map(({ path }) => `${nameOf(ingress)}: ${path} leads nowhere`),
    ),

  'a policy chooses pods, and ports that they have': (objects) =>
    ofKind<PolicySpec>(objects, 'NetworkPolicy').flatMap((policy) => {
      const pods = chosen(objects, policy.spec.podSelector);
      const ports = (policy.spec.ingress ?? []).flatMap((rule) => rule.ports ?? []);
      const missing = ports.filter(({ port }) => !pods.some((it) => portsOf(it).includes(port ?? '')));
      return [
        ...(pods.length === 0 ? [`${nameOf(policy)}: no pods`] : []),
        ...missing.map(({ port }) => `${nameOf(policy)}: nobody listens at ${String(port)}`),
      ];
    }),

  'probes ask a port of their container': (objects) =>
    podsOf(objects).flatMap((pods) =>
      containersOf(pods).flatMap(({ ports = [], startupProbe, livenessProbe, readinessProbe }) =>
        [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => {
          const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
          const isThere = ports.some(({ name, containerPort }) => name === port || containerPort === port);
          return port === undefined || isThere ? [] : [`${nameOf(pods.owner)}: no port ${port}`];
        }),
      ),
    ),

  'pods name what there is': (objects) =>
    podsOf(objects).flatMap((pods) =>
      namedBy(pods)
        .filter(([kind, name]) => !isMade(objects, kind, name))
        .map(([kind, name]) => `${nameOf(pods.owner)}: there is no ${kind} ${name}`),
    ),

  'secrets that are made here have the keys that are read': (objects) =>
    podsOf(objects).flatMap((pods) =>
      keysReadBy(pods).flatMap(({ name, key }) => {
        const secret = objects.find((object) => object.kind === 'Secret' && object.metadata.name === name);
        const isThere = !secret || key in ((secret.data ?? {}) as Record<string, string>);
        return isThere ? [] : [`${nameOf(pods.owner)}: ${name} has no ${key}`];
      }),
    ),
};

interface IngressPath {
  path: string;
  backend: { service: { name: string; port: { name?: string; number?: number } } };
}
interface PolicySpec {
  podSelector: Selector;
  ingress?: { ports?: { port?: Port }[] }[];
}

const chosen = (objects: Manifest[], selector: Selector): Pods[] =>
  podsOf(objects).filter(({ labels }) => selects(selector, labels));

const portsOf = (pods: Pods): Port[] =>
  containersOf(pods).flatMap(({ ports = [] }) =>
    ports.flatMap(({ name, containerPort }) => [containerPort, ...(name ? [name] : [])]),
  );

const haveAll = (pods: Pods[], port: Port): boolean => pods.every((it) => portsOf(it).includes(port));

function isPortOf(objects: Manifest[], { name, port }: IngressPath['backend']['service']): boolean {
  const service = ofKind<{ ports: { name?: string; port: number }[] }>(objects, 'Service').find(
    ({ metadata }) => metadata.name === name,
  );
  return (service?.spec.ports ?? []).some((it) => it.name === port.name || it.port === port.number);
}

/** Kinds and names of what a pod can't be without. */
function namedBy({ spec }: Pods): [kind: string, name: string][] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const from = containers.flatMap(({ envFrom = [] }) => envFrom);
  const env = containers.flatMap(({ env: variables = [] }) => variables.map(({ valueFrom }) => valueFrom));
  const volumes = spec.volumes ?? [];
  const named: [string, string | undefined][] = [
    ['ServiceAccount', spec.serviceAccountName],
    ['PriorityClass', spec.priorityClassName],
    ...from.map(({ configMapRef }): [string, string | undefined] => ['ConfigMap', configMapRef?.name]),
    ...env.map((it): [string, string | undefined] => ['Secret', it?.secretKeyRef?.name]),
    ...volumes.map(({ secret }): [string, string | undefined] => ['Secret', secret?.secretName]),
    ...volumes.map(({ configMap }): [string, string | undefined] => ['ConfigMap', configMap?.name]),
  ];
  return named.flatMap(([kind, name]) => (name === undefined ? [] : [[kind, name]]));
}

/** Whether an object is among these, or, if it is a Secret, made by one of them. */
const isMade = (objects: Manifest[], kind: string, name: string): boolean =>
  objects.some(({ kind: its, metadata, spec }) => {
    if (its === kind && metadata.name === name) return true;
    const target = (spec as { target?: { name?: string } } | undefined)?.target?.name;
    return kind === 'Secret' && its === 'ExternalSecret' && target === name;
  });

function keysReadBy({ spec }: Pods): { name: string; key: string }[] {
  const variables = spec.containers.flatMap(({ env = [] }) => env);
  const inVariables = variables.flatMap(({ valueFrom }) => {
    const from = valueFrom?.secretKeyRef;
    return from?.name && !from.optional ? [{ name: from.name, key: from.key }] : [];
  });
  const inFiles = (spec.volumes ?? []).flatMap(({ secret }) =>
    (secret?.items ?? []).map(({ key }) => ({ name: secret?.secretName ?? '', key })),
  );
  return [...inVariables, ...inFiles];
}
