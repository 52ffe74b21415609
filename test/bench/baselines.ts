import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/ports.ts';

/** A server to compare with, in a process of its own, on this machine only. */
export interface Baseline {
  url: string;
  /** Where it puts, and finds, files. */
  folder: string;
  stop(): Promise<void>;
}

/** Plain Node that pipes bodies into files and hashes them. */
export async function startPlain(parent: string): Promise<Baseline> {
  const [port, folder] = [await freePort(), join(parent, 'plain')];
  await mkdir(folder);
  const program = fileURLToPath(new URL('./plain-server.ts', import.meta.url));
  return running(
    spawn(process.execPath, [program, String(port), folder], { stdio: 'inherit' }),
    port,
    folder,
  );
}

/** nginx: PUT writes a body as it is, GET is sendfile. */
export async function startNginx(parent: string): Promise<Baseline> {
  const [port, folder] = [await freePort(), join(parent, 'nginx')];
  await mkdir(join(folder, 'temp'), { recursive: true });
  const config = join(folder, 'nginx.conf');
  await writeFile(config, configOf(port, folder));
  const args = ['-c', config, '-p', folder, '-e', join(folder, 'error.log')];
  return running(spawn('nginx', args, { stdio: 'inherit' }), port, folder);
}

const configOf = (port: number, folder: string) => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  sendfile on;
  client_max_body_size 0;
  client_body_buffer_size 128k;
  client_body_temp_path ${folder}/temp;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    location / { dav_methods PUT; }
  }
}`;

async function running(child: ChildProcess, port: number, folder: string): Promise<Baseline> {
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => {
    if (child.exitCode !== null) throw new Error('The server to compare with ended at once');
    return fetch(url, { method: 'HEAD' }).then(
      () => true,
      () => false,
    );
  }, 'the server to compare with');
  return {
    url,
    folder,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
