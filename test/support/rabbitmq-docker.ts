import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NAME, type Certificates } from './certificates.ts';
import { freePort } from './ports.ts';
import { tlsSettings, type BrokerHost } from './rabbitmq-program.ts';

const run = promisify(execFile);
export const RABBIT_IMAGE = 'rabbitmq:4-management';

const docker = (...args: string[]) => run('docker', args).then(({ stdout }) => stdout.trim());

/** Whether there is a Docker that answers. */
export async function dockerWorks(): Promise<boolean> {
  return run('docker', ['info'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

/** The name of RabbitMQ's image, if Docker works and has it; otherwise undefined. */
export async function findRabbitImage(): Promise<string | undefined> {
  return docker('image', 'inspect', '--format', '{{.Id}}', RABBIT_IMAGE).then(
    () => RABBIT_IMAGE,
    () => undefined,
  );
}

/**
 * A broker as a container of its own.
 * @param flags for the Erlang machine
 * @param certificates for a listener that speaks TLS
 */
export async function createBrokerContainer(flags: string, certificates?: Certificates): Promise<BrokerHost> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const name = `rabbitmq-test-${port}`;
  const env = ['--env', `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${flags}`];
  const tls = certificates ? await withTls(certificates, tlsPort) : [];
  await docker('create', '--name', name, '--publish', `127.0.0.1:${port}:5672`, ...env, ...tls, RABBIT_IMAGE);
  const isRunning = async () => (await docker('inspect', '--format', '{{.State.Running}}', name)) === 'true';
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    ...(certificates ? { tlsUrl: `amqps://guest:guest@${NAME}:${tlsPort}` } : {}),
    pid: async () => Number(await docker('inspect', '--format', '{{.State.Pid}}', name)),
    start: async () => {
      await docker('start', name);
    },
    end: async (signal) => {
      if (await isRunning()) await docker(signal === 'SIGTERM' ? 'stop' : 'kill', name);
    },
    ctl: (...args) => docker('exec', name, 'rabbitmqctl', '--quiet', ...args),
    remove: async () => {
      await docker('rm', '--force', '--volumes', name);
    },
    output: () => docker('logs', '--tail', '30', name),
    hasEnded: async () => !(await isRunning()),
  };
}

/** Options of a container that finds the certificates under the same paths, and a part of its configuration among them. */
async function withTls(certificates: Certificates, port: number): Promise<string[]> {
  const { folder } = certificates;
  const settings = join(folder, 'rabbitmq.conf');
  await writeFile(settings, tlsSettings(certificates, '5671'));
  const mounts = [`${folder}:${folder}:ro`, `${settings}:/etc/rabbitmq/conf.d/90-tls.conf:ro`];
  return ['--publish', `127.0.0.1:${port}:5671`, ...mounts.flatMap((mount) => ['--volume', mount])];
}
