import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import {
  containersOf,
  isOurs,
  nameOf,
  ofKind,
  podsOf,
  selects,
  type Manifest,
  type Pods,
} from './manifest.ts';

/** What breaks a rule, one sentence each. */
export type Rule = (objects: Manifest[]) => string[];

/** A rule that looks at each pod for itself. */
const eachPod =
  (faultOf: (pods: Pods) => string | false | undefined): Rule =>
  (objects) =>
    podsOf(objects).flatMap((pods) => {
      const fault = faultOf(pods);
      return fault ? [`${nameOf(pods.owner)}: ${fault}`] : [];
    });

/** A rule that looks at each container for itself. */
const eachContainer =
  (faultOf: (container: IContainer, pods: Pods) => string | false | undefined): Rule =>
  (objects) =>
    podsOf(objects).flatMap((pods) =>
      containersOf(pods).flatMap((container) => {
        const fault = faultOf(container, pods);
        return fault ? [`${nameOf(pods.owner)}: ${container.name}: ${fault}`] : [];
      }),
    );

const VOLUMES = ['configMap', 'downwardAPI', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];
const SECRET_NAME = /PASSWORD|SECRET|TOKEN|_KEY(_ID)?$|^(AMQP|\w*DATABASE)_URL$/;
const PASSWORD_IN_URL = /:\/\/[^/\s:@]*:[^/\s@]+@/;
/** What the processes need at most after SIGTERM (docs/images.md). */
const DRAIN_SECONDS = 40;

/** Rules that hold for whatever is built. */
export const rules: Record<string, Rule> = {
  'pod security is restricted: the pod': eachPod(({ spec }) => {
    const { securityContext = {} } = spec;
    if (spec.hostNetwork || spec.hostPID || spec.hostIPC) return 'has something of its host’s';
    if (securityContext.runAsNonRoot !== true || !((securityContext.runAsUser ?? 0) > 0))
      return 'may be root';
    if (securityContext.seccompProfile?.type !== 'RuntimeDefault') return 'has no seccomp profile';
    const kinds = (spec.volumes ?? []).flatMap((volume) =>
      Object.keys(volume).filter((key) => key !== 'name'),
    );
    const odd = kinds.find((kind) => !VOLUMES.includes(kind));
    return odd !== undefined && `has a volume of the kind ${odd}`;
  }),

  'pod security is restricted: the container': eachContainer(({ securityContext = {} }) => {
    if (securityContext.privileged || securityContext.allowPrivilegeEscalation !== false)
      return 'can gain privileges';
    if (securityContext.runAsNonRoot === false || securityContext.runAsUser === 0) return 'may be root';
    const { drop = [], add = [] } = securityContext.capabilities ?? {};
    return (!drop.includes('ALL') || add.length > 0) && 'has capabilities';
  }),

  'our containers can’t change themselves': eachContainer(
    ({ securityContext }, pods) =>
      isOurs(pods) && securityContext?.readOnlyRootFilesystem !== true && 'can write its root file system',
  ),

  'the namespace enforces it': (objects) =>
    ofKind(objects, 'Namespace').flatMap((object) =>
      object.metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted' ? [] : [nameOf(object)],
    ),

  'everything has its limits': eachContainer(({ resources = {} }, pods) => {
    const wanted = isOurs(pods) ? ['cpu', 'memory', 'ephemeral-storage'] : ['cpu', 'memory'];
    const missing = wanted.filter((name) => !resources.requests?.[name] || !resources.limits?.[name]);
    return missing.length > 0 && `requests or limits of ${missing.join(', ')} are missing`;
  }),

  'a volume on the node has a size': eachPod(({ spec }) => {
    const open = (spec.volumes ?? []).find(({ emptyDir }) => emptyDir && !emptyDir.sizeLimit);
    return open && `${open.name} may fill the node`;
  }),

  'no token where none is needed': eachPod(
    ({ spec }) =>
      spec.automountServiceAccountToken !== false && 'gets a token for Kubernetes, which it never asks',
  ),

  'variables of other services don’t come by themselves': eachPod(
    ({ spec }) => spec.enableServiceLinks !== false && 'gets the addresses of all Services as variables',
  ),

  'no secret stands in a manifest': (objects) =>
    objects.flatMap((object) => {
      if (object.kind === 'Secret') return [];
      const texts = object.kind === 'ConfigMap' ? object.data : object.spec;
      const open = PASSWORD_IN_URL.test(JSON.stringify(texts ?? ''));
      return open ? [`${nameOf(object)}: a URL with a password`] : [];
    }),

  'variables that are secret come from Secrets': eachContainer(({ env = [] }) => {
    const open = env.find(({ name, value }) => value !== undefined && SECRET_NAME.test(name));
    return open && `the value of ${open.name} is there to be read`;
  }),

  'services are probed three times': eachContainer((container, pods) => {
    if (pods.owner.kind === 'Job') return false;
    const missing = (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).filter(
      (name) => !container[name],
    );
    return missing.length > 0 && `without ${missing.join(', ')}`;
  }),

  'a pod has the time to finish': eachPod((pods) => {
    if (pods.owner.kind !== 'Deployment' || !isOurs(pods)) return false;
    const [container] = pods.spec.containers;
    const pause = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const grace = pods.spec.terminationGracePeriodSeconds ?? 30;
    return (pause < 10 || grace < pause + DRAIN_SECONDS) && `${pause} s of ${grace} s to drain`;
  }),

  'a rollout takes nobody away before another is there': (objects) =>
    deployments(objects).flatMap(({ object, pods }) => {
      const { rollingUpdate } = object.spec.strategy ?? {};
      return isOurs(pods) && rollingUpdate?.maxUnavailable !== 0 ? [nameOf(object)] : [];
    }),

  'replicas are spread over zones and nodes': eachPod((pods) => {
    if (pods.owner.kind !== 'Deployment' || !isOurs(pods)) return false;
    const keys = (pods.spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }) =>
      labelSelector && selects(labelSelector, pods.labels) ? [topologyKey] : [],
    );
    const wanted = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'];
    return wanted.some((key) => !keys.includes(key)) && `spread over ${keys.join(', ') || 'nothing'}`;
  }),

  'every service has a disruption budget that lets nodes be emptied': (objects) =>
    deployments(objects).flatMap(({ object, pods }) => {
      if (!isOurs(pods)) return [];
      const budgets = ofKind<Budget>(objects, 'PodDisruptionBudget').filter(({ spec }) =>
        // Without a selector it is about nothing.
        spec.selector ? selects(spec.selector, pods.labels) : false,
      );
      const [budget] = budgets;
      const allows = budget?.spec.maxUnavailable !== undefined && budget.spec.maxUnavailable !== 0;
      return budgets.length === 1 && allows ? [] : [nameOf(object)];
    }),

  'every service is somebody of its own': (objects) =>
    deployments(objects).flatMap(({ object, pods }) =>
      isOurs(pods) && pods.spec.serviceAccountName !== object.metadata.name ? [nameOf(object)] : [],
    ),

  'who counts the replicas counts alone': (objects) =>
    [
      ...ofKind<Scaled>(objects, 'HorizontalPodAutoscaler'),
      ...ofKind<Scaled>(objects, 'ScaledObject'),
    ].flatMap((scaler) => {
      const { kind, name } = scaler.spec.scaleTargetRef;
      const target = objects.find((object) => object.kind === kind && object.metadata.name === name);
      const replicas = (target?.spec as { replicas?: number } | undefined)?.replicas;
      return target && replicas === undefined ? [] : [`${nameOf(scaler)}: ${kind ?? ''} ${name}`];
    }),

  'only the gateway is exposed': (objects) =>
    [
      ...ofKind<{ type?: string }>(objects, 'Service').filter(({ spec }) =>
        ['NodePort', 'LoadBalancer'].includes(spec.type ?? ''),
      ),
      ...ofKind(objects, 'Ingress').filter(({ spec }) =>
        [...JSON.stringify(spec).matchAll(/"service":\{"name":"([^"]*)"/g)].some(
          ([, name]) => name !== 'api',
        ),
      ),
    ].map(nameOf),
};

/** Rules for what is installed as it is: images and secrets are known there. */
export const overlayRules: Record<string, Rule> = {
  'images are named exactly': eachContainer(
    ({ image = '' }) =>
      (!/@sha256:[0-9a-f]{64}$|:[\w.-]+$/.test(image) || image.endsWith(':latest')) &&
      `${image} can be anything`,
  ),
};

/** Rules for production. */
export const productionRules: Record<string, Rule> = {
  'images are named by what is in them': eachContainer(
    ({ image = '' }) => !/@sha256:[0-9a-f]{64}$/.test(image) && `${image} has no digest`,
  ),
  'secrets come from elsewhere': (objects) => ofKind(objects, 'Secret').map(nameOf),
  'nodes have the images’ architecture': eachPod(
    ({ spec }) => spec.nodeSelector?.['kubernetes.io/arch'] !== 'arm64' && 'may come to other nodes',
  ),
};

interface Budget {
  selector?: Parameters<typeof selects>[0];
  maxUnavailable?: number | string;
}
interface Scaled {
  scaleTargetRef: { kind?: string; name: string };
}
interface DeploymentSpec {
  strategy?: { rollingUpdate?: { maxUnavailable?: number | string } };
  template: { spec: IPodSpec };
}

const deployments = (objects: Manifest[]) =>
  ofKind<DeploymentSpec>(objects, 'Deployment').flatMap((object) =>
    podsOf([object]).map((pods) => ({ object, pods })),
  );

/** @returns what breaks these rules, each with its rule */
export const faultsOf = (objects: Manifest[], which: Record<string, Rule>): string[] =>
  Object.entries(which).flatMap(([name, rule]) => rule(objects).map((fault) => `${name}: ${fault}`));
