import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { environments } from '../../infra/environments.ts';
import { readConfig } from '../../lib/config.ts';
import { settingNames } from '../../lib/settings/index.ts';
import { queuesOf } from '../../lib/queue/rabbitmq-queues.ts';
import { documentApi } from '../../scripts/document-api.ts';
import { eventTimes } from '../../services/api/events/hub.ts';
import { createGatewayServer } from '../../services/api/server.ts';
import { overlay, overlays, skip } from './built.ts';
import { withMistake } from './change.ts';
import { environmentOf, unknownVariables } from './environment.ts';
import { isOurs, nameOf, ofKind, podsOf, type Manifest } from './manifest.ts';

const [prod] = environments.filter(({ name }) => name === 'prod');
if (!prod) throw new Error('infra/ knows no environment prod');

function find<Spec>(objects: Manifest[], name: string): Manifest & { spec: Spec } {
  const object = objects.find((it) => nameOf(it) === name);
  if (!object) throw new Error(`There is no ${name}`);
  return object as Manifest & { spec: Spec };
}

interface Rules {
  rules: { http: { paths: { path: string }[] } }[];
}

interface Triggers {
  triggers: { metadata: Record<string, string> }[];
}

const ours = (objects: Manifest[]) => podsOf(objects).filter(isOurs);
const configOf = (objects: Manifest[], name: string) => {
  const pods = ours(objects).find(({ owner }) => owner.metadata.name === name);
  if (!pods) throw new Error(`There are no pods ${name}`);
  return readConfig(environmentOf(objects, pods));
};

/** How the ConfigMap of all settings is called, whose name holds a hash of them. */
const settingsOf = (objects: Manifest[]) =>
  objects.map(nameOf).find((name) => name.startsWith('ConfigMap settings-')) ?? '';

describe('settings', { skip }, () => {
  test('every variable is one that the services know', () => {
    for (const [name, objects] of overlays)
      assert.deepEqual(unknownVariables(objects, settingNames), [], name);
    const variables = 'spec/template/spec/containers/0/env/0/name';
    const misspelt = withMistake(overlay('prod'), ['Deployment api', variables, 'AMQP_URI']);
    assert.deepEqual(unknownVariables(misspelt, settingNames), ['Deployment api: AMQP_URI']);
    const shared = withMistake(overlay('prod'), [settingsOf(overlay('prod')), 'data/PUBLIC_URI', 'x']);
    assert.equal(unknownVariables(shared, settingNames).length, ours(shared).length);
  });

  test('every pod’s variables make a configuration', () => {
    for (const [name, objects] of overlays) {
      for (const pods of ours(objects)) {
        const config = readConfig(environmentOf(objects, pods));
        if (pods.owner.kind !== 'Job') assert.ok(config.amqpUrl, `${name}: ${nameOf(pods.owner)}`);
      }
    }
    const loud = withMistake(overlay('prod'), [settingsOf(overlay('prod')), 'data/LOG_LEVEL', 'loud']);
    assert.throws(() => configOf(loud, 'api'), /LOG_LEVEL="loud" is not valid/);
  });

  test('each service has its database and its keys, and nobody else’s', () => {
    for (const [name, objects] of overlays) {
      for (const service of ['api', 'auth', 'video', 'processor', 'notify']) {
        const { databases, auth, webhooks } = configOf(objects, service);
        const own = Object.entries(databases).filter(([, url]) => url !== undefined);
        const wanted = ['auth', 'video', 'notify'].includes(service) ? [service] : [];
        assert.deepEqual(
          own.map(([owner]) => owner),
          wanted,
          name,
        );
        assert.equal(auth.makeSigningKey, service !== 'auth', name);
        assert.equal(webhooks.makeKey, service !== 'notify', name);
      }
    }
  });

  test('on laptops the URLs lead to the stores in the cluster', () => {
    const { amqpUrl, storageUrl, mail, databases } = configOf(overlay('dev'), 'notify');
    const services = ofKind<{ ports: { port: number }[] }>(overlay('dev'), 'Service');
    const endpoint = new URL(storageUrl).searchParams.get('endpoint');
    for (const url of [amqpUrl, databases.notify, mail.url, endpoint]) {
      const { hostname, port } = new URL(url ?? '');
      const service = services.find(({ metadata }) => metadata.name === hostname);
      assert.ok(
        service?.spec.ports.some((it) => it.port === Number(port)),
        `${hostname}:${port}`,
      );
    }
  });

  test('production is what infra/ makes', () => {
    const { region, account, edge, mail, network } = prod;
    const config = configOf(overlay('prod'), 'notify');
    assert.equal(config.publicUrl, `https://${edge.host}`);
    assert.equal(
      config.storageUrl,
      `s3://video-system-prod-objects-${account}?region=${region}&redirect=true`,
    );
    assert.equal(config.mail.url, `ses://${region}?configurationSet=video-system-prod`);
    assert.match(config.mail.from, new RegExp(`<${mail.sender}>$`));
    const queue = `https://sqs.${region}.amazonaws.com/${account}/video-system-prod-mail-events`;
    assert.equal(config.mail.eventsQueueUrl, queue);
    for (const { spec } of ours(overlay('prod'))) {
      assert.match(
        spec.containers[0]?.image ?? '',
        new RegExp(`^${account}\\.dkr\\.ecr\\.${region}\\.amazonaws\\.com/ms-`),
      );
    }
    const { annotations = {} } = find(overlay('prod'), 'Ingress api').metadata;
    const arn = (service: string) => new RegExp(`^arn:aws:${service}:${region}:${account}:`);
    assert.match(annotations['alb.ingress.kubernetes.io/certificate-arn'] ?? '', arn('acm'));
    assert.match(annotations['alb.ingress.kubernetes.io/wafv2-acl-arn'] ?? '', arn('wafv2'));
    const blocks = [
      ...JSON.stringify(ofKind(overlay('prod'), 'NetworkPolicy')).matchAll(/"cidr":"(10\.[^"]*)"/g),
    ];
    const [first, second] = network.cidr.split('.');
    const of = (rest: string) => `${first ?? ''}.${second ?? ''}.${rest}`;
    assert.deepEqual(
      new Set(blocks.map(([, cidr]) => cidr)),
      new Set([of('0.0/17'), of('128.0/18'), of('192.0/22')]),
    );
  });

  test('secrets are read where infra/ puts them', () => {
    const spec = { provider: { aws: { service: 'SecretsManager', region: prod.region } } };
    assert.deepEqual(find(overlay('prod'), 'SecretStore secrets-manager').spec, spec);
    const keys = [...JSON.stringify(ofKind(overlay('prod'), 'ExternalSecret')).matchAll(/"key":"([^"]*)"/g)];
    const services = ['api', 'auth', 'video', 'processor', 'notify'];
    assert.deepEqual(
      new Set(keys.map(([, key]) => key)),
      new Set(services.map((name) => `video-system-prod/${name}`)),
    );
  });

  test('processors scale by the queue that they read, and by as much as one works on', () => {
    const { spec } = find<Triggers>(overlay('prod'), 'ScaledObject processor');
    const { namespace, processor } = configOf(overlay('prod'), 'processor');
    assert.partialDeepStrictEqual(spec.triggers[0]?.metadata, {
      queueName: queuesOf(namespace, 'video.uploaded').main.name,
      value: String(processor.concurrency),
    });
  });

  test('a processor has room for the largest sources that it may be given at once', () => {
    for (const [name, objects] of overlays) {
      const { processor, upload } = configOf(objects, 'processor');
      const pods = ours(objects).find(({ owner }) => owner.metadata.name === 'processor');
      const size = pods?.spec.volumes?.find((volume) => volume.name === 'tmp')?.emptyDir?.sizeLimit;
      const limit = pods?.spec.containers[0]?.resources?.limits?.['ephemeral-storage'];
      const needed = (processor.concurrency * upload.maxBytes) / 1024 ** 3;
      assert.ok(gibibytes(limit) >= needed, name);
      assert.ok(gibibytes(size) >= needed, name);
    }
  });

  test('the load balancer’s times fit the gateway’s', () => {
    const { annotations = {} } = find(overlay('prod'), 'Ingress api').metadata;
    const valueOf = (name: string) => annotations[`alb.ingress.kubernetes.io/${name}`] ?? '';
    const numberIn = (text: string, name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(text)?.[1]);
    const idle = numberIn(valueOf('load-balancer-attributes'), 'idle_timeout.timeout_seconds') * 1000;
    assert.ok(idle > 2 * eventTimes.heartbeatMs, 'event streams live');
    assert.ok(idle >= configOf(overlay('prod'), 'api').upload.idleSeconds * 1000, 'uploads may pause');
    assert.ok(
      idle < createGatewayServer(() => undefined, 1000).keepAliveTimeout,
      'no connection is used that closes',
    );
    const grace = ours(overlay('prod')).find(({ owner }) => owner.metadata.name === 'api')?.spec;
    const leaving = numberIn(valueOf('target-group-attributes'), 'deregistration_delay.timeout_seconds');
    assert.ok(leaving > 0 && leaving < (grace?.terminationGracePeriodSeconds ?? 0));
    assert.equal(valueOf('ssl-redirect'), '443');
    assert.equal(valueOf('target-type'), 'ip');
  });

  test('the load balancer asks for, and lets through, what the gateway answers', () => {
    const { metadata, spec } = find<Rules>(overlay('prod'), 'Ingress api');
    const answered = Object.keys((documentApi() as { paths: object }).paths);
    const asked = metadata.annotations?.['alb.ingress.kubernetes.io/healthcheck-path'] ?? '';
    assert.ok(answered.includes(asked), asked);
    const through = spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path));
    assert.deepEqual(through, ['/auth', '/video', '/notify', '/']);
    // The last one is everything else, beginning with the page.
    for (const path of through.slice(0, -1)) assert.ok(answered.includes(path), path);
  });

  test('images wait for their digests, or have them', (context) => {
    const images = new Set(
      ours(overlay('prod')).flatMap(({ spec }) => spec.containers.map(({ image }) => image)),
    );
    const waiting = [...images].filter((image) => image?.endsWith(`sha256:${'0'.repeat(64)}`));
    if (waiting.length > 0)
      context.diagnostic(`${waiting.length} images of production have placeholder digests`);
    assert.equal(images.size, 5);
  });
});

/** What a quantity of bytes is in GiB. */
function gibibytes(quantity: number | string | undefined): number {
  const [, number, unit = ''] = /^(\d+)(Mi|Gi)$/.exec(String(quantity)) ?? [];
  if (number === undefined) throw new Error(`Not understood: ${String(quantity)}`);
  return Number(number) / (unit === 'Mi' ? 1024 : 1);
}
