// Makes sure that the tests find the two programs that npm does not bring: ffmpeg and Chromium. Quick when they are
// there; where they are not and it may, it installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findFfmpeg } from '../services/processor/ffmpeg-program.ts';
import { findChromium } from '../test/support/chromium.ts';

interface Program {
  name: string;
  /** Where a person chose a program, none is installed in its place. */
  chosen: string | undefined;
  find(): Promise<string | undefined>;
  /** Returns false when this machine offers no way that needs no person. */
  install(): boolean;
  howTo: string;
}

const programs: Program[] = [
  {
    name: 'ffmpeg',
    chosen: process.env.FFMPEG_PATH,
    find: () =>
      findFfmpeg(process.env.FFMPEG_PATH, { maxPixels: 1, timeoutSeconds: 1, threads: 1 }).then(
        ({ path }) => path,
        () => undefined,
      ),
    install: () => installPackage('ffmpeg'),
    howTo:
      'Install it (Debian and Ubuntu: sudo apt-get install ffmpeg; macOS: brew install ffmpeg) or set FFMPEG_PATH.',
  },
  {
    name: 'Chromium',
    chosen: process.env.CHROMIUM_PATH,
    find: findChromium,
    // Ubuntu's package is only a pointer to a snap.
    install: () => (isDebian() && installPackage('chromium')) || installByPlaywright(),
    howTo:
      'Install it (Debian: sudo apt-get install chromium; elsewhere: npx playwright-core install chromium) or set CHROMIUM_PATH.',
  },
];

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function installPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  return runs('apt-get', ['update']) && runs('apt-get', ['install', '-y', '--no-install-recommends', name]);
}

/** Its libraries come along where we may install them. */
function installByPlaywright(): boolean {
  const packageJson = createRequire(import.meta.url).resolve('playwright-core/package.json');
  const withLibraries = process.getuid?.() === 0 && process.platform === 'linux' ? ['--with-deps'] : [];
  const cli = join(dirname(packageJson), 'cli.js');
  return runs(process.execPath, [cli, 'install', ...withLibraries, 'chromium']);
}

function runs(command: string, args: string[]): boolean {
  console.log(`$ ${command} ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: 'inherit', env }).status === 0;
}

async function isReady(program: Program): Promise<boolean> {
  if (await program.find()) return true;
  return !program.chosen && program.install() && (await program.find()) !== undefined;
}

for (const program of programs) {
  if (await isReady(program)) continue;
  console.error(`The tests need ${program.name}, which was not found. ${program.howTo}`);
  process.exitCode = 1;
}
