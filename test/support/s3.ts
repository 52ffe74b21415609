import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { NAME, type Certificates } from './certificates.ts';
import { freePort, isListening } from './ports.ts';

const program = fileURLToPath(new URL('./s3-server.ts', import.meta.url));
const BUCKET = 'videos';

/** A real S3 server in a process of its own, on this machine only. */
export interface S3 {
  /** A complete STORAGE_URL. */
  url: string;
  endpoint: string;
  bucket: string;
  /** What whoever uses it needs in the environment. */
  env: Record<string, string>;
  /** Of the process; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** End it (`kill -9`). Its objects stay. */
  stop(): Promise<void>;
  /** Start again on the same folder and port, stopping it first if it runs. */
  restart(): Promise<void>;
  /** Stop it and remove its folder. */
  remove(): Promise<void>;
}

/**
 * Start an S3 server with an empty bucket, or with what an earlier one left.
 * @param folder for its objects; left out, one is made
 * @param tls makes it an HTTPS server
 */
export async function startS3(folder?: string, tls?: Certificates): Promise<S3> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 's3-')));
  const port = await freePort();
  const endpoint = tls ? `https://${NAME}:${port}` : `http://127.0.0.1:${port}`;
  const start = () => run(join(home, 'objects'), port, tls);
  let child = await start();
  const stop = () => end(child);
  return {
    url: `s3://${BUCKET}?region=us-east-1&endpoint=${encodeURIComponent(endpoint)}&pathStyle=true`,
    endpoint,
    bucket: BUCKET,
    env: { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' },
    get pid() {
      return isRunning(child) ? child.pid : undefined;
    },
    stop,
    restart: async () => {
      await stop();
      child = await start();
    },
    remove: async () => {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

type Child = ReturnType<typeof spawnServer>;

const spawnServer = (folder: string, port: number, tls?: Certificates) =>
  spawn(
    process.execPath,
    [program, folder, String(port), BUCKET, ...(tls ? [tls.certFile, tls.keyFile] : [])],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );

const isRunning = (child: Child) => child.exitCode === null && child.signalCode === null;

async function run(folder: string, port: number, tls?: Certificates): Promise<Child> {
  const child = spawnServer(folder, port, tls);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  try {
    await eventually(() => {
      if (!isRunning(child)) throw new Error(`The S3 server ended at once:\n${errors}`);
      return isListening(port);
    }, 'the S3 server to answer');
  } catch (error) {
    await end(child);
    throw error;
  }
  return child;
}

async function end(child: Child): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
