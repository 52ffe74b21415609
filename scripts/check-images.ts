// Builds the image of every service, looks at what is in it, and runs the system in containers that may do nothing but
// what they must. Usage: npm run check:images. On Debian and Ubuntu, root needs nothing installed before.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findBases } from './images/bases.ts';
import { buildAll, imageOf, services } from './images/build.ts';
import { faultsIn, sizes } from './images/contents.ts';
import { leaksIn, proveSearch } from './images/leaks.ts';
import { plantSecrets } from './images/planted.ts';
import { isThere } from './images/program.ts';
import { checkRunning } from './images/running.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = ['podman', 'buildah', 'runc', 'debootstrap', 'unzip'];
const begun = performance.now();

function tell(sentence: string): void {
  console.log(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${sentence}`);
}

const isMissing = (name: string) => !isThere(name) && spawnSync('which', [name]).status !== 0;

/** Where we may, they are installed. */
function prepare(): string[] {
  const missing = () => programs.filter(isMissing);
  if (missing().length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...missing()], options);
  }
  return missing();
}

/** @throws Error when an image is not as it should be */
async function checkAll(): Promise<void> {
  const bases = await findBases(`${root}/Dockerfile`);
  tell(bases.pinned ? 'bases: those that the Dockerfile pins' : 'bases: made here, for want of a registry');
  const planted = await plantSecrets(root);
  try {
    tell(`built, with ${await buildAll(planted, bases)} ffmpeg`);
    const faults = (await Promise.all(services.map(faultsIn))).flat();
    const { leaks, searched } = await leaksIn(services.map(imageOf), planted.secrets);
    faults.push(...leaks.map(({ what, where }) => `${where}: ${what}`));
    if (faults.length > 0) throw new Error(`The images have faults:\n${faults.join('\n')}`);
    tell(`contents are as they should be; no secret in ${searched}`);
    const places = await proveSearch(planted, bases);
    tell(`secrets from each of ${places} places are found in an image made carelessly`);
  } finally {
    await planted.remove();
  }
  for (const [image, size] of Object.entries(await sizes())) tell(`${image.padEnd(24)} ${size} MB`);
  await checkRunning(tell);
}

const missing = process.platform === 'linux' ? prepare() : ['Linux'];
if (missing.length > 0) {
  console.log(`SKIPPED: the images were neither built nor run, for want of ${missing.join(', ')}`);
} else {
  await checkAll();
  tell('PASSED');
}
