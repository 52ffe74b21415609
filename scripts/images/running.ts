import { fileURLToPath } from 'node:url';
import { eventually } from '../../test/support/eventually.ts';
import { footage } from '../../test/support/footage.ts';
import { registerPerson } from '../../test/support/person.ts';
import { freePort } from '../../test/support/ports.ts';
import { services, type ServiceName } from './build.ts';
import { startContainer, type Container } from './container.ts';
import { run } from './program.ts';
import { startStores, type Stores } from './stores.ts';

/** What the deployments give a service to stop in. */
const GRACE_SECONDS = 40;
/** Long enough for a crowded machine. */
const START_MS = 180_000;
const smoke = fileURLToPath(new URL('../smoke.sh', import.meta.url));
/** What Docker's and Kubernetes' default profiles forbid, too: then ffmpeg's only sandbox is the container. */
const noNamespaces = fileURLToPath(new URL('no-namespaces.json', import.meta.url));
/** Takes some seconds, so that it is under way when its processor is told to stop. */
const LONG = { select: { mode: 'all' }, format: 'png' };

type Start = (service: ServiceName, more?: string[]) => Promise<Container>;

/**
 * Run the whole system in containers: the smoke check, then a processor that is stopped in the middle of its work.
 * @param tell is told each step that has passed
 * @throws Error with the containers' last words when something is wrong
 */
export async function checkRunning(tell: (step: string) => void): Promise<void> {
  const stores = await startStores();
  const containers = new Map<ServiceName, Container>();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start: Start = async (service, more) => {
    const env = await environment(stores, service, port);
    const container = await startContainer(service, env, stores.keys, more);
    containers.set(service, container);
    await eventually(() => container.isHealthy(), `${service} to be healthy`, START_MS);
    return container;
  };
  try {
    await Promise.all(services.map((service) => start(service)));
    tell('all are healthy without capabilities, with nothing to write to but /tmp and /data');
    await run('bash', [smoke, url]);
    tell('smoke check passed');
    await handOver(url, start, containers, tell);
    for (const [service, container] of containers) tell(await endsWell(service, container));
  } catch (error) {
    const words = [...containers].map(async ([name, it]) => `--- ${name}\n${await it.output(15)}`);
    throw new Error(`${String(error)}\n${(await Promise.all(words)).join('\n')}`, { cause: error });
  } finally {
    for (const container of containers.values()) await container.remove();
    await stores.stop();
  }
}

/** Each has ports of its own, because they share this machine's network. */
async function environment(
  stores: Stores,
  service: ServiceName,
  port: number,
): Promise<Record<string, string>> {
  const databases: Partial<Record<ServiceName, string>> = {
    auth: 'AUTH_DATABASE_URL',
    video: 'VIDEO_DATABASE_URL',
    notify: 'NOTIFY_DATABASE_URL',
  };
  const own = databases[service];
  return {
    ...stores.env,
    ...(own ? { [own]: stores.databaseUrl(service) } : {}),
    ...(service === 'auth' ? { SIGNING_KEY_FILE: '/keys/access-token.pem' } : {}),
    ...(service === 'notify' ? { WEBHOOK_KEY_FILE: '/keys/webhooks.key' } : {}),
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(await freePort()),
  };
}

/**
 * A processor that is told to stop hands its work back; the next one finishes it, and no try was lost. Nor does it matter
 * that the next one may make no namespaces.
 */
async function handOver(
  url: string,
  start: Start,
  containers: Map<ServiceName, Container>,
  tell: (step: string) => void,
): Promise<void> {
  const first = containers.get('processor');
  if (!first) throw new Error('There is no processor');
  const person = await registerPerson(url);
  const { id } = await person.upload(footage('city-mpeg1.mpg'), { recipe: JSON.stringify(LONG) });
  await person.waitFor(id, 'processing');
  const { code, seconds } = await first.stop(GRACE_SECONDS);
  const { status } = await person.waitFor(id, 'queued', 'completed');
  if (code !== 0 || status !== 'queued') {
    throw new Error(`The processor ended with ${code} after ${seconds} s and left the video ${status}`);
  }
  tell(`processor handed its work back and ended after ${seconds.toFixed(1)} s`);
  tell(`its ffmpeg ran in the sandbox that podman's profile allows here: ${await sandboxOf(first)}`);
  await first.remove();
  const second = await start('processor', ['--security-opt', `seccomp=${noNamespaces}`]);
  const sandbox = await sandboxOf(second);
  if (sandbox !== 'none') throw new Error(`Where namespaces are forbidden, the sandbox is ${sandbox}`);
  const done = await person.waitFor(id, 'completed', 'failed');
  if (done.status !== 'completed') throw new Error(`The video that was handed back is ${done.status}`);
  tell(
    `another processor, where namespaces are forbidden, finished it: ${done.frameCount} frames, attempt ${done.attempts}`,
  );
}

/** As the processor tells it when it starts. */
async function sandboxOf(processor: Container): Promise<string> {
  const name = /resource limits, sandbox: (\w+)/.exec(await processor.output())?.[1];
  if (!name) throw new Error('The processor does not say in which sandbox ffmpeg runs');
  return name;
}

async function endsWell(service: ServiceName, container: Container): Promise<string> {
  const { code, seconds } = await container.stop(GRACE_SECONDS);
  if (code !== 0) throw new Error(`${service} ended with ${code} after ${seconds} s`);
  return `${service} ended after ${seconds.toFixed(1)} s`;
}
