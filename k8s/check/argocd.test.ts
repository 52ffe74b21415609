import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { environments } from '../../infra/environments.ts';
import { applications, applicationRules, faultsOf, projects } from './argocd.ts';
import { overlay, skip } from './built.ts';
import { withMistake, type Mistake } from './change.ts';
import { build, findKubectl, parseManifests } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { schemaFaults, typeFaults } from './schemas.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'k8s/argocd');
const [prod] = environments.filter(({ name }) => name === 'prod');
assert.ok(prod);
const REPOSITORY = `https://github.com/${prod.repository}.git`;

async function readFolder(path: string): Promise<Manifest[]> {
  const files = (await readdir(path)).filter((file) => file.endsWith('.yaml'));
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  return texts.flatMap(parseManifests);
}

const objects = [...(await readFolder(folder)), ...(await readFolder(join(folder, 'apps')))];
const waveOf = (name: string) => {
  const found = objects.find((it) => it.kind === 'Application' && it.metadata.name === name);
  return Number(found?.metadata.annotations?.['argocd.argoproj.io/sync-wave']);
};

/** Every value in an object, with the way to it. */
function valuesIn(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => valuesIn(inner, `${path}/${key}`));
}

describe('objects of Argo CD', () => {
  test('are valid, and have no unknown field', async () => {
    assert.ok(applications(objects).length >= 8);
    assert.deepEqual((await Promise.all(objects.map(schemaFaults))).flat(), []);
    assert.deepEqual(typeFaults(objects), []);
  });

  const PROD = 'Application video-system-prod';
  test('mistakes in them are found', async () => {
    const misspelt = withMistake(objects, [PROD, 'spec/syncPolicy/automated/selfHeel', true]);
    assert.match(typeFaults(misspelt).join(), /selfHeel/);
    const homeless = withMistake(objects, [PROD, 'spec/destination', undefined]);
    assert.notDeepEqual((await Promise.all(homeless.map(schemaFaults))).flat(), []);
  });

  const mistakes: Record<keyof typeof applicationRules, Mistake> = {
    'its project is there': [PROD, 'spec/project', 'default'],
    'its source is allowed': [PROD, 'spec/source/repoURL', 'https://github.com/somebody/else.git'],
    'its destination is allowed': [PROD, 'spec/destination/namespace', 'kube-system'],
    'what is not ours is pinned': ['Application keda', 'spec/source/targetRevision', '2.*'],
    'it keeps to what is written, but never deletes all': [
      PROD,
      'spec/syncPolicy/automated/allowEmpty',
      true,
    ],
    'it gives up some time': [PROD, 'spec/syncPolicy/retry/limit', -1],
  };
  test('rules hold', () => assert.deepEqual(faultsOf(objects, REPOSITORY), []));
  for (const rule of Object.keys(applicationRules)) {
    test(`a mistake is found: ${rule}`, () => {
      const mistake = mistakes[rule];
      assert.ok(mistake);
      assert.ok(faultsOf(withMistake(objects, mistake), REPOSITORY).some((fault) => fault.endsWith(rule)));
    });
  }

  test('what is needed comes before what needs it', () => {
    const order = ['external-secrets', 'platform-secrets', 'monitoring-stack', 'video-system-prod'].map(
      waveOf,
    );
    assert.deepEqual(
      order,
      [...new Set(order)].sort((a, b) => a - b),
    );
    for (const name of ['keda', 'rabbitmq-operator']) assert.ok(waveOf(name) < waveOf('video-system-prod'));
  });

  test('folders of ours that they name are there', async () => {
    const ours = applications(objects).filter(({ spec }) => spec.source?.repoURL === REPOSITORY);
    assert.equal(ours.length, 3);
    for (const { spec } of ours) {
      // The overlay is a folder of this package's own.
      assert.ok((await stat(join(root, spec.source?.path ?? ''))).isDirectory());
    }
  });

  test('no password stands in them', () => {
    const named = objects.flatMap((object) => valuesIn(object).filter(([path]) => /password/i.test(path)));
    assert.deepEqual(
      named.map(([path, value]) => [path.split('/').at(-1), value]),
      [['passwordKey', 'admin-password']],
    );
  });
});

describe('what Argo CD may put into the cluster', () => {
  test('is what the overlay for production is made of', { skip }, () => {
    const { clusterResourceWhitelist = [], namespaceResourceWhitelist = [] } =
      projects(objects).find(({ metadata }) => metadata.name === 'video-system')?.spec ?? {};
    const allowed = [...clusterResourceWhitelist, ...namespaceResourceWhitelist];
    const needed = overlay('prod').map(({ apiVersion, kind }) => {
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      return `${group}/${kind}`;
    });
    assert.deepEqual(
      allowed.map(({ group, kind }) => `${group}/${kind}`).sort(),
      [...new Set(needed)].sort(),
    );
  });

  test('of the platform, is valid', { skip }, async () => {
    const kubectl = await findKubectl();
    assert.ok(kubectl);
    const platform = await build(kubectl, join(folder, 'platform'));
    assert.equal(platform.length, 3);
    assert.deepEqual((await Promise.all(platform.map(schemaFaults))).flat(), []);
    assert.deepEqual(typeFaults(platform), []);
  });
});

describe('what infra/ makes for them', () => {
  const text = JSON.stringify(objects);

  test('accounts, regions and names are those of its environment', () => {
    const { account, region } = prod;
    assert.ok(text.includes(`arn:aws:sns:${region}:${account}:video-system-prod-alarms`));
    assert.ok(text.includes('/aws/eks/video-system-prod/pods'));
    const accounts = [...text.matchAll(/\b\d{12}\b/g)].map(([found]) => found);
    assert.deepEqual([...new Set(accounts)], [account]);
    const regions = [...text.matchAll(/\b[a-z]{2}-[a-z]+-\d\b/g)].map(([found]) => found);
    assert.deepEqual([...new Set(regions)], [region]);
  });

  test('roles wait for the accounts that they name', async () => {
    const addons = await readFile(join(root, 'infra/stacks/addons.ts'), 'utf8');
    const accounts = { 'external-secrets': 'external-secrets', logs: 'fluent-bit' };
    for (const [name, account] of Object.entries(accounts)) {
      const application = applications(objects).find(({ metadata }) => metadata.name === name);
      const { namespace = '' } = application?.spec.destination ?? {};
      const named = valuesIn(application).filter(([path]) =>
        path.endsWith('valuesObject/serviceAccount/name'),
      );
      assert.deepEqual(
        named.map(([, value]) => value),
        [account],
      );
      assert.ok(addons.includes(`'${namespace}', '${account}'`), `${namespace}/${account}`);
    }
    for (const account of ['grafana', 'alertmanager']) {
      assert.ok(text.includes(`"${account}":{"serviceAccount":{"name":"${account}"}`), account);
      assert.ok(addons.includes(`'monitoring', '${account}'`), account);
    }
  });

  test('Argo CD is set up so that waves wait for each other', async () => {
    const [values] = parseManifests(await readFile(join(folder, 'install/values.yaml'), 'utf8'));
    const health = valuesIn(values).find(([path]) => path.endsWith('health.argoproj.io_Application'));
    assert.match(String(health?.[1]), /return health/);
    assert.ok(!JSON.stringify(values).includes('argocdServerAdminPassword'));
  });
});
