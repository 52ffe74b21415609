import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { combinations, overlay, overlays, skip } from './built.ts';
import { withMistake, type Mistake } from './change.ts';
import type { Manifest } from './manifest.ts';
import { references } from './references.ts';
import { faultsOf, overlayRules, productionRules, rules } from './rules.ts';
import { schemaFaults, typeFaults } from './schemas.ts';

const everything = () => [...overlays, ...combinations];

/** Each object once, however many builds it is in. */
const distinct = (): Manifest[] => [
  ...new Map(
    everything()
      .flatMap(([, objects]) => objects)
      .map((object) => [JSON.stringify(object), object]),
  ).values(),
];

const POD = 'spec/template/spec';
const CONTAINER = `${POD}/containers/0`;
const API = 'Deployment api';

/** For each rule a mistake that it finds, in the overlay for production or, where it says so, in the one for laptops. */
const mistakes: Record<string, Mistake> = {
  'pod security is restricted: the pod': [API, `${POD}/hostNetwork`, true],
  'pod security is restricted: the container': [
    API,
    `${CONTAINER}/securityContext/capabilities/add`,
    ['NET_RAW'],
  ],
  'our containers can’t change themselves': [
    API,
    `${CONTAINER}/securityContext/readOnlyRootFilesystem`,
    false,
  ],
  'the namespace enforces it': ['Namespace video-system', 'metadata/labels', {}],
  'everything has its limits': [API, `${CONTAINER}/resources/limits/memory`, undefined],
  'a volume on the node has a size': [API, `${POD}/volumes/0/emptyDir`, {}],
  'no token where none is needed': [API, `${POD}/automountServiceAccountToken`, true],
  'variables of other services don’t come by themselves': [API, `${POD}/enableServiceLinks`, undefined],
  'no secret stands in a manifest': [API, `${CONTAINER}/args`, ['amqp://video:open@broker']],
  'variables that are secret come from Secrets': [
    API,
    `${CONTAINER}/env/0`,
    { name: 'AMQP_URL', value: 'amqps://broker' },
  ],
  'services are probed three times': [API, `${CONTAINER}/startupProbe`, undefined],
  'a pod has the time to finish': [API, `${POD}/terminationGracePeriodSeconds`, 30],
  'a rollout takes nobody away before another is there': [
    API,
    'spec/strategy/rollingUpdate/maxUnavailable',
    '25%',
  ],
  'replicas are spread over zones and nodes': [API, `${POD}/topologySpreadConstraints`, []],
  'every service has a disruption budget that lets nodes be emptied': [
    'PodDisruptionBudget api',
    'spec/selector/matchLabels/app.kubernetes.io~1name',
    'apis',
  ],
  'every service is somebody of its own': [API, `${POD}/serviceAccountName`, 'auth'],
  'who counts the replicas counts alone': [API, 'spec/replicas', 2],
  'only the gateway is exposed': ['Service api', 'spec/type', 'LoadBalancer'],
  'images are named exactly': [API, `${CONTAINER}/image`, 'ms-api:latest'],
  'images are named by what is in them': [API, `${CONTAINER}/image`, 'ms-api:1.0.0'],
  'secrets come from elsewhere': ['ExternalSecret api', 'kind', 'Secret'],
  'nodes have the images’ architecture': [API, `${POD}/nodeSelector`, {}],
  'a Service leads to pods, by ports that they have': ['Service api', 'spec/ports/0/targetPort', 'https'],
  'a monitor asks ports that there are': ['PodMonitor services', 'spec/podMetricsEndpoints/0/port', 'metric'],
  'an Ingress leads to a Service’s port': [
    'Ingress api',
    'spec/rules/0/http/paths/0/backend/service/port/name',
    'https',
  ],
  'a policy chooses pods, and ports that they have': [
    'NetworkPolicy metrics',
    'spec/ingress/0/ports/0/port',
    9465,
  ],
  'probes ask a port of their container': [API, `${CONTAINER}/livenessProbe/httpGet/port`, 'metric'],
  'pods name what there is': [API, `${POD}/priorityClassName`, 'high'],
  'secrets that are made here have the keys that are read': [
    API,
    `${CONTAINER}/env/0/valueFrom/secretKeyRef/key`,
    'AMQP',
  ],
};
const ON_LAPTOPS = ['secrets that are made here have the keys that are read'];

const allRules = { ...rules, ...overlayRules, ...productionRules, ...references };

describe('manifests', { skip }, () => {
  test('every overlay and combination is built, of objects that their schemas allow', async () => {
    assert.deepEqual([...overlays.keys()].sort(), ['overlays/dev', 'overlays/prod']);
    const faults = await Promise.all(distinct().map(schemaFaults));
    assert.deepEqual(faults.flat(), []);
  });

  test('a missing field, a wrong type and an unknown kind are found by the schemas', async () => {
    const faultsAfter = async (...mistake: Mistake) => {
      const faults = await Promise.all(withMistake(overlay('prod'), mistake).map(schemaFaults));
      return faults.flat().length;
    };
    assert.equal(await faultsAfter(API, 'spec/selector', undefined), 1);
    assert.equal(await faultsAfter(API, `${CONTAINER}/ports/0/containerPort`, 'metrics'), 1);
    assert.equal(await faultsAfter('ScaledObject processor', 'spec/maxReplicaCount', 'many'), 1);
    assert.equal(await faultsAfter(API, 'kind', 'Deploiment'), 1);
  });

  test('no object has a field that its type does not know', () => {
    assert.deepEqual(typeFaults(distinct()), []);
  });

  test('a misspelt field is found in every kind of object', () => {
    const kinds = new Map(distinct().map((object) => [object.kind, object]));
    const deep: Mistake[] = [
      [API, `${CONTAINER}/livenessProbe/httpGet/pfad`, '/'],
      [
        'ScaledObject processor',
        'spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown/stabilisationWindowSeconds',
        300,
      ],
    ];
    const misspelt = [
      ...[...kinds.values()].map((object) => ({ ...object, metaData: {} })),
      ...deep.flatMap((mistake) => withMistake(overlay('prod'), mistake)),
    ];
    const found = typeFaults(misspelt);
    assert.equal(found.filter((fault) => fault.includes('metaData')).length, kinds.size);
    assert.match(found.join('\n'), /^Deployment api: .*pfad.* does not exist/m);
    assert.match(found.join('\n'), /^ScaledObject processor: .*stabilisationWindowSeconds/m);
    assert.equal(found.length, kinds.size + deep.length);
  });

  test('whatever is built keeps the rules', () => {
    for (const [name, objects] of everything()) assert.deepEqual(faultsOf(objects, rules), [], name);
  });

  test('what is installed keeps more of them', () => {
    for (const [name, objects] of overlays) {
      assert.deepEqual(faultsOf(objects, { ...overlayRules, ...references }), [], name);
    }
    assert.deepEqual(faultsOf(overlay('prod'), productionRules), []);
  });

  test('each rule finds its mistake', () => {
    assert.deepEqual(Object.keys(mistakes), Object.keys(allRules));
    for (const [rule, mistake] of Object.entries(mistakes)) {
      const objects = withMistake(overlay(ON_LAPTOPS.includes(rule) ? 'dev' : 'prod'), mistake);
      const found = faultsOf(objects, allRules).some((fault) => fault.startsWith(`${rule}: `));
      assert.ok(found, rule);
    }
  });
});
