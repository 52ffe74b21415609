import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ServiceBroker } from 'moleculer';
import { MetricsReporter } from '../../mixins/metrics-reporter.ts';
import { overlay, overlays, skip } from './built.ts';
import { withMistake } from './change.ts';
import { isOurs, ofKind, podsOf, type Manifest } from './manifest.ts';

/** The port of the images at which each process answers. */
const METRICS_PORT = 9464;

/** The paths of a running process that Kubernetes and Prometheus ask for; those at another port are null. */
function pathsIn(objects: Manifest[]): (string | null)[] {
  const probes = podsOf(objects)
    .filter(isOurs)
    .flatMap(({ spec }) => spec.containers)
    .flatMap(({ ports = [], startupProbe, livenessProbe, readinessProbe }) =>
      [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => {
        const asked = probe?.httpGet;
        if (!asked) return [];
        const port = ports.find(({ name }) => name === asked.port)?.containerPort ?? asked.port;
        return [port === METRICS_PORT ? (asked.path ?? '/') : null];
      }),
    );
  const monitors = ofKind<{ podMetricsEndpoints: { port: string; path?: string }[] }>(objects, 'PodMonitor');
  const metrics = monitors.flatMap(({ spec }) =>
    spec.podMetricsEndpoints.filter(({ port }) => port === 'metrics').map(({ path = '/metrics' }) => path),
  );
  return [...probes, ...metrics];
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

describe('probes', { skip }, () => {
  let port: number;
  let broker: ServiceBroker;
  before(async () => {
    port = await freePort();
    const reporter = new MetricsReporter({ host: '127.0.0.1', port }) as unknown as 'Prometheus';
    broker = new ServiceBroker({ logger: false, metrics: { enabled: true, reporter } });
    await broker.start();
  });
  after(() => broker.stop());

  /** The paths that a running process answers otherwise than by 200. */
  const unanswered = async (paths: (string | null)[]) => {
    const answers = [...new Set(paths)].map(async (path) => {
      if (path === null) return [path];
      const { status } = await fetch(`http://127.0.0.1:${port}${path}`);
      return status === 200 ? [] : [path];
    });
    return (await Promise.all(answers)).flat();
  };

  test('ask a running process for what it answers', async () => {
    for (const [name, objects] of overlays) {
      const paths = pathsIn(objects);
      assert.ok(paths.includes('/health/live') && paths.includes('/health/ready'), name);
      assert.deepEqual(await unanswered(paths), [], name);
    }
  });

  test('a path or a port that is not answered is found', async () => {
    const probe = 'spec/template/spec/containers/0/readinessProbe/httpGet';
    const wrongPath = withMistake(overlay('prod'), ['Deployment api', `${probe}/path`, '/healthz']);
    const wrongPort = withMistake(overlay('prod'), ['Deployment api', `${probe}/port`, 3001]);
    assert.deepEqual(await unanswered(pathsIn(wrongPath)), ['/healthz']);
    assert.deepEqual(await unanswered(pathsIn(wrongPort)), [null]);
  });
});
