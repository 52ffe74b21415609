import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

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
 */
export async function startS3(folder?: string): Promise<S3> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 's3-')));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let child = await run(join(home, 'objects'), port);
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
      child = await run(join(home, 'objects'), port);
    },
    remove: async () => {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

type Child = ReturnType<typeof spawnServer>;

const spawnServer = (folder: string, port: number) =>
  spawn(process.execPath, [program, folder, String(port), BUCKET], { stdio: ['pipe', 'ignore', 'pipe'] });

const isRunning = (child: Child) => child.exitCode === null && child.signalCode === null;

async function run(folder: string, port: number): Promise<Child> {
  const child = spawnServer(folder, port);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  try {
    await eventually(() => {
      if (!isRunning(child)) throw new Error(`The S3 server ended at once:\n${errors}`);
      return fetch(`http://127.0.0.1:${port}`).then(
        () => true,
        () => false,
      );
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
