import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import type { BrokerHost } from './rabbitmq-program.ts';

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
 */
export async function createBrokerContainer(flags: string): Promise<BrokerHost> {
  const port = await freePort();
  const name = `rabbitmq-test-${port}`;
  const env = ['--env', `RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=${flags}`];
  await docker('create', '--name', name, '--publish', `127.0.0.1:${port}:5672`, ...env, RABBIT_IMAGE);
  const isRunning = async () => (await docker('inspect', '--format', '{{.State.Running}}', name)) === 'true';
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
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
