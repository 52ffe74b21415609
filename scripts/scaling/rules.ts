import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP, type Behavior, type HpaRules } from './hpa.ts';

/** How KEDA scales the processors. */
export interface KedaRules extends HpaRules {
  /** 0 when there need be none; the HPA itself keeps one at least. */
  floor: number;
  pollingSeconds: number;
  cooldownSeconds: number;
  /** Messages for each pod. */
  perPod: number;
  /** More messages than this wake the first pod. */
  activation: number;
  /** `http` counts messages that are worked on, too; `amqp` only those that wait. */
  counts: 'ready' | 'ready and unacked';
}

/** How Kubernetes scales the gateways. */
export interface UtilizationRules extends HpaRules {
  /** Of what the pods request, 0 to 1. */
  target: number;
}

/** What a processor's pod asks for, and how many extractions it works on at a time. */
export interface PodRules {
  cpu: number;
  concurrency: number;
}

const behavior = z
  .looseObject({
    stabilizationWindowSeconds: z.int().min(0).optional(),
    selectPolicy: z.enum(['Max', 'Min', 'Disabled']).optional(),
    policies: z
      .array(
        z.strictObject({ type: z.enum(['Pods', 'Percent']), value: z.int(), periodSeconds: z.int().min(1) }),
      )
      .optional(),
  })
  .optional();
const behaviors = z.looseObject({ scaleUp: behavior, scaleDown: behavior }).optional();
const amount = z.union([z.string(), z.number()]).transform(Number).pipe(z.number());

const scaledObject = z.looseObject({
  spec: z.looseObject({
    pollingInterval: z.int().default(30),
    cooldownPeriod: z.int().default(300),
    minReplicaCount: z.int().default(0),
    maxReplicaCount: z.int().default(100),
    advanced: z
      .looseObject({ horizontalPodAutoscalerConfig: z.looseObject({ behavior: behaviors }).optional() })
      .optional(),
    triggers: z.tuple([
      z.looseObject({
        type: z.literal('rabbitmq'),
        metadata: z.looseObject({
          protocol: z.enum(['http', 'amqp']),
          mode: z.literal('QueueLength'),
          value: amount,
          activationValue: amount.default(0),
        }),
      }),
    ]),
  }),
});

const hpa = z.looseObject({
  spec: z.looseObject({
    minReplicas: z.int().default(1),
    maxReplicas: z.int(),
    behavior: behaviors,
    metrics: z.array(z.looseObject({ type: z.string(), resource: z.unknown() })).min(1),
  }),
});
const cpuMetric = z.looseObject({
  name: z.literal('cpu'),
  target: z.looseObject({ type: z.literal('Utilization'), averageUtilization: z.int() }),
});

const cpuRequest = z.looseObject({
  resources: z.looseObject({ requests: z.looseObject({ cpu: z.union([z.string(), z.number()]) }) }),
});
const deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.tuple([cpuRequest], z.unknown()) }) }),
  }),
});
const generators = z.looseObject({
  configMapGenerator: z.array(z.looseObject({ literals: z.array(z.string()).default([]) })),
});

const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
});

/** An object of a manifest. */
export type Manifest = z.output<typeof manifest>;

/** Every object in the YAML files below a folder that has a kind. */
export async function readManifests(folder: string): Promise<Manifest[]> {
  const files = await readdir(folder, { recursive: true });
  const texts = files
    .filter((file) => /\.ya?ml$/.test(file) && !file.includes('node_modules'))
    .sort()
    .map((file) => readFile(join(folder, file), 'utf8'));
  return (await Promise.all(texts)).flatMap((text) =>
    parseAllDocuments(text).flatMap((document) => {
      const read = manifest.safeParse(document.toJS());
      return read.success ? [read.data] : [];
    }),
  );
}

function find(manifests: Manifest[], kind: string, name: string): Manifest {
  const [found, ...others] = manifests.filter((it) => it.kind === kind && it.metadata?.name === name);
  if (!found) throw new Error(`There is no ${kind} ${name} in the manifests`);
  if (others.length > 0) throw new Error(`There is more than one ${kind} ${name} in the manifests`);
  return found;
}

const withDefaults = (given: z.output<typeof behavior>, defaults: Behavior): Behavior => ({
  stabilizationWindowSeconds: given?.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds,
  selectPolicy: given?.selectPolicy ?? defaults.selectPolicy,
  policies: given?.policies ?? defaults.policies,
});

const directions = (given: z.output<typeof behaviors>): Pick<HpaRules, 'scaleUp' | 'scaleDown'> => ({
  scaleUp: withDefaults(given?.scaleUp, DEFAULT_SCALE_UP),
  scaleDown: withDefaults(given?.scaleDown, DEFAULT_SCALE_DOWN),
});

/** The rules of KEDA's ScaledObject for the processors. */
export function kedaRules(manifests: Manifest[], name = 'processor'): KedaRules {
  const { spec } = scaledObject.parse(find(manifests, 'ScaledObject', name));
  const { protocol, value, activationValue } = spec.triggers[0].metadata;
  return {
    ...directions(spec.advanced?.horizontalPodAutoscalerConfig?.behavior),
    minReplicas: Math.max(1, spec.minReplicaCount),
    maxReplicas: spec.maxReplicaCount,
    floor: spec.minReplicaCount,
    pollingSeconds: spec.pollingInterval,
    cooldownSeconds: spec.cooldownPeriod,
    perPod: value,
    activation: activationValue,
    counts: protocol === 'http' ? 'ready and unacked' : 'ready',
  };
}

/** The rules of the HPA for the gateways. */
export function utilizationRules(manifests: Manifest[], name = 'api'): UtilizationRules {
  const { spec } = hpa.parse(find(manifests, 'HorizontalPodAutoscaler', name));
  const metric = spec.metrics.map(({ resource }) => cpuMetric.safeParse(resource)).find((it) => it.success);
  if (!metric) throw new Error(`The HPA ${name} does not look at the CPU`);
  return {
    ...directions(spec.behavior),
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    target: metric.data.target.averageUtilization / 100,
  };
}

/** What a Deployment's first container asks for, and the setting that all pods get. */
export function podRules(manifests: Manifest[], name = 'processor'): PodRules {
  const { containers } = deployment.parse(find(manifests, 'Deployment', name)).spec.template.spec;
  return {
    cpu: coresOf(containers[0].resources.requests.cpu),
    concurrency: Number(settingOf(manifests, 'PROCESSOR_CONCURRENCY')),
  };
}

function settingOf(manifests: Manifest[], name: string): string {
  const literals = manifests.flatMap((it) => {
    const read = generators.safeParse(it);
    return read.success ? read.data.configMapGenerator.flatMap((generator) => generator.literals) : [];
  });
  const found = literals.find((literal) => literal.startsWith(`${name}=`));
  if (found === undefined) throw new Error(`No configMapGenerator sets ${name}`);
  return found.slice(name.length + 1);
}

/** Kubernetes writes 1500m for one and a half cores. */
export function coresOf(quantity: string | number): number {
  const [, digits, milli] = /^([\d.]+)(m?)$/.exec(String(quantity)) ?? [];
  if (digits === undefined) throw new Error(`${quantity} is no amount of CPU`);
  return Number(digits) / (milli ? 1000 : 1);
}
