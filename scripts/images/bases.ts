import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isThere, run } from './program.ts';

/** The Debian that the Dockerfile names, too. */
const SUITE = 'bookworm';
const LOCAL = {
  node: `localhost/video-system-base-node:${SUITE}`,
  runtime: `localhost/video-system-base-runtime:${SUITE}`,
};
const PULL_MS = 60_000;

/** The images that ours are built on. */
export type Bases = typeof LOCAL;

/**
 * The base images as the Dockerfile pins them where a registry can be reached; otherwise ones that are made here, of
 * Debian's packages and the Node that runs this.
 * @returns their names, and whether they are the pinned ones
 * @throws Error when there is neither a registry nor debootstrap
 */
export async function findBases(dockerfile: string): Promise<Bases & { pinned: boolean }> {
  const text = await readFile(dockerfile, 'utf8');
  const pinned = { node: pin(text, 'NODE_IMAGE'), runtime: pin(text, 'RUNTIME_IMAGE') };
  if ((await canPull(pinned.runtime)) && (await canPull(pinned.node))) return { ...pinned, pinned: true };
  if (!(await isBuilt(LOCAL.node))) await makeBases();
  return { ...LOCAL, pinned: false };
}

function pin(dockerfile: string, argument: string): string {
  const image = new RegExp(`^ARG ${argument}=(\\S+@sha256:[0-9a-f]{64})$`, 'm').exec(dockerfile)?.[1];
  if (!image) throw new Error(`The Dockerfile pins no ${argument} by its digest`);
  return image;
}

const canPull = (image: string) =>
  Promise.race([
    run('timeout', [String(PULL_MS / 1000), 'podman', 'pull', '--quiet', image]).then(
      () => true,
      () => false,
    ),
  ]);

const isBuilt = (image: string) =>
  run('podman', ['image', 'exists', image]).then(
    () => true,
    () => false,
  );

/** What Debian's slim images leave out, too. */
const NOT_SLIM = [
  'var/cache/apt/archives',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
];

async function makeBases(): Promise<void> {
  if (!isThere('debootstrap')) throw new Error('No registry can be reached, and debootstrap is missing');
  const folder = await mkdtemp(join(tmpdir(), 'image-bases-'));
  try {
    const system = join(folder, 'system');
    await run('debootstrap', ['--variant=minbase', SUITE, system]);
    for (const path of NOT_SLIM) {
      await rm(join(system, path), { recursive: true, force: true });
      await mkdir(join(system, path), { recursive: true });
    }
    await run('sh', ['-c', 'tar -C "$1" -c . | podman import - "$2"', 'sh', system, LOCAL.runtime]);
    await makeNodeBase(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node's image is Debian with Node and npm under /usr/local; this one trusts whom this machine trusts, too. */
async function makeNodeBase(folder: string): Promise<void> {
  const local = join(folder, 'usr', 'local');
  const npm = await run('npm', ['root', '--global']);
  await cp(process.execPath, join(local, 'bin', 'node'));
  await cp(join(npm, 'npm'), join(local, 'lib', 'node_modules', 'npm'), {
    recursive: true,
    dereference: true,
  });
  const trusted = join(local, 'lib', 'trusted.crt');
  const ours = process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt';
  await mkdir(dirname(trusted), { recursive: true });
  if (existsSync(ours)) await cp(ours, trusted, { dereference: true });
  else await writeFile(trusted, '');
  const lines = [
    `FROM ${LOCAL.runtime}`,
    'COPY usr /usr',
    'ENV NODE_EXTRA_CA_CERTS=/usr/local/lib/trusted.crt',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
  ];
  await writeFile(join(folder, 'Dockerfile'), lines.join('\n'));
  await run('buildah', ['build', '--isolation', 'chroot', '--tag', LOCAL.node, folder]);
}
