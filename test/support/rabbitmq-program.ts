import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NAME, type Certificates } from './certificates.ts';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

const run = promisify(execFile);

/** What a broker is made of that tests may end and start again. */
export interface BrokerHost {
  url: string;
  /** Where it speaks TLS, if it has certificates. */
  tlsUrl?: string;
  /** The process id of the running broker. */
  pid(): Promise<number>;
  start(): Promise<void>;
  /** End the broker and wait until it is gone: SIGTERM lets it close its files, SIGKILL does not. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  ctl(...args: string[]): Promise<string>;
  /** Remove everything that is left; the broker has ended. */
  remove(): Promise<void>;
  hasEnded(): Promise<boolean>;
  /** What it has printed since its start. */
  output(): Promise<string>;
}

/** What Debian has on the PATH changes the user and the folders; the server itself is in the first place. */
const folders = () => [
  '/usr/lib/rabbitmq/bin',
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/sbin',
];

/** The path of the rabbitmq-server program; undefined when there is none. */
export async function findRabbitServer(): Promise<string | undefined> {
  for (const folder of folders()) {
    const path = join(folder, 'rabbitmq-server');
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}

/**
 * A broker as a process of its own, with a folder, ports and a port mapper (epmd) that nothing else uses.
 * @param server the path of rabbitmq-server
 * @param flags for the Erlang machine
 * @param certificates for a listener that speaks TLS
 */
export async function createBrokerProcess(
  server: string,
  flags: string,
  certificates?: Certificates,
): Promise<BrokerHost> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-test-'));
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const env = environment(folder, flags, { port, distPort, epmdPort });
  await mkdir(join(folder, 'log'));
  const tlsPort = await freePort();
  const tls = certificates ? tlsSettings(certificates, `127.0.0.1:${tlsPort}`) : '';
  await writeFile(join(folder, 'rabbitmq.conf'), `disk_free_limit.absolute = 1MB\n${tls}`);
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  let broker: ChildProcess | undefined;
  let output = '';

  const pid = () => readFile(join(folder, 'pid'), 'utf8').then(Number);
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    ...(certificates ? { tlsUrl: `amqps://guest:guest@${NAME}:${tlsPort}` } : {}),
    pid,
    start: async () => {
      await rm(join(folder, 'pid'), { force: true });
      output = '';
      const script = ['-c', ownGroup, server, String(epmdPort)];
      broker = spawn('sh', script, {
        env,
        cwd: folder,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      for (const stream of [broker.stdout, broker.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
      }
    },
    end: async (signal) => {
      if (broker) await endGroup(broker, signal);
    },
    ctl: async (...args) => {
      // It would start a port mapper where there is none, and leave it behind.
      if (!broker || hasEnded(broker)) throw new Error('RabbitMQ is down');
      return (await run(join(dirname(server), 'rabbitmqctl'), ['--quiet', ...args], { env })).stdout;
    },
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
    },
    hasEnded: () => Promise.resolve(!broker || hasEnded(broker)),
    output: () => Promise.resolve(output),
  };
}

/**
 * Lines of rabbitmq.conf for a listener that speaks TLS and asks clients for no certificate.
 * @param listener an address and a port, or a port
 */
export const tlsSettings = ({ caFile, certFile, keyFile }: Certificates, listener: string) =>
  [
    `listeners.ssl.1 = ${listener}`,
    `ssl_options.cacertfile = ${caFile}`,
    `ssl_options.certfile = ${certFile}`,
    `ssl_options.keyfile = ${keyFile}`,
    'ssl_options.verify = verify_none\n',
  ].join('\n');

/**
 * All that belongs to a broker is one process group. The port mapper (epmd) is part of it, because the one that Erlang
 * would start outlives the broker. When the pipe to the test's process is closed, the test is gone, and so is the group.
 */
const ownGroup = `
  epmd -port "$1" -address 127.0.0.1 &
  (cat <&3 >/dev/null; kill -KILL 0) &
  exec "$0" 3<&-
`;

function environment(
  folder: string,
  flags: string,
  ports: { port: number; distPort: number; epmdPort: number },
) {
  return {
    ...process.env,
    HOME: folder,
    ERL_EPMD_PORT: String(ports.epmdPort),
    RABBITMQ_NODENAME: `test${ports.port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.port),
    RABBITMQ_DIST_PORT: String(ports.distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} ${flags}`,
  };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function endGroup(leader: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (leader.pid === undefined) return;
  if (signal === 'SIGTERM' && !hasEnded(leader)) {
    const exited = once(leader, 'exit');
    leader.kill(signal);
    await exited;
  }
  const group = -leader.pid;
  signalGroup(group, 'SIGKILL');
  await eventually(() => !signalGroup(group, 0), 'RabbitMQ to end');
}

/** @returns false when nothing of the group is left */
function signalGroup(group: number, signal: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(group, signal);
  } catch {
    return false;
  }
}
