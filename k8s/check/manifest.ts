import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';

/** An object as it stands in a manifest. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

interface Metadata {
  name: string;
  namespace?: string;
  labels?: Labels;
  annotations?: Record<string, string>;
}

export type Labels = Record<string, string>;

/** Pods as a Deployment, a StatefulSet or a Job makes them. */
export interface Pods {
  owner: Manifest;
  labels: Labels;
  spec: IPodSpec;
}

/** How an object is called in sentences. */
export const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** The objects of one kind, with their spec as the type that the caller knows it has. */
export function ofKind<Spec>(objects: Manifest[], kind: string): (Manifest & { spec: Spec })[] {
  return objects.filter((object): object is Manifest & { spec: Spec } => object.kind === kind);
}

interface Template {
  template: { metadata?: { labels?: Labels }; spec: IPodSpec };
}

/** All pods that these objects make. */
export const podsOf = (objects: Manifest[]): Pods[] =>
  ['Deployment', 'StatefulSet', 'Job'].flatMap((kind) =>
    ofKind<Template>(objects, kind).map((owner) => ({
      owner,
      labels: owner.spec.template.metadata?.labels ?? {},
      spec: owner.spec.template.spec,
    })),
  );

/** Every container of a pod, also those that only prepare it. */
export const containersOf = ({ spec }: Pods): IContainer[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

const OURS = /(^|\/)ms-(api|auth|video|processor|notify)\b/;

/** Whether a pod runs our code, and not somebody else's. */
export const isOurs = (pods: Pods): boolean =>
  containersOf(pods).every(({ image }) => OURS.test(image ?? ''));

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Whether labels are chosen by a selector. An empty one chooses everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const isEqual = Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
  return isEqual && matchExpressions.every((expression) => fits(expression, labels));
}

function fits(
  { key, operator, values = [] }: NonNullable<Selector['matchExpressions']>[number],
  labels: Labels,
) {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`There is no operator ${operator}`);
  }
}
