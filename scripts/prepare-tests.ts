// Makes sure that the tests find the programs that npm does not bring: ffmpeg, Chromium, RabbitMQ, promtool, Compose, curl and others. Quick
// when they are there; where they are not and it may, it installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findFfmpeg } from '../services/processor/ffmpeg-program.ts';
import { findChromium } from '../test/support/chromium.ts';
import { findCompose } from '../test/support/compose.ts';
import { dockerWorks, findRabbitImage, RABBIT_IMAGE } from '../test/support/rabbitmq-docker.ts';
import { findRabbitServer } from '../test/support/rabbitmq-program.ts';
import { answers } from '../test/support/rabbitmq.ts';

interface Program {
  name: string;
  /** Where a person chose a program, none is installed in its place. */
  chosen: string | undefined;
  find(): Promise<string | undefined>;
  /** Returns false when this machine offers no way that needs no person. */
  install(): Promise<boolean> | boolean;
  howTo: string;
  /** The tests do without it, and try less. */
  optional?: boolean;
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
  {
    name: 'RabbitMQ',
    // Whichever broker runs already: tests that restart one, or kill it, do that to a broker of their own.
    chosen: undefined,
    find: async () => (await findRabbitServer()) ?? (await findRabbitImage()),
    install: async () =>
      ((await dockerWorks()) && runs('docker', ['pull', RABBIT_IMAGE])) || installPackage('rabbitmq-server'),
    howTo:
      'Install it (Debian and Ubuntu: sudo apt-get install rabbitmq-server; macOS: brew install rabbitmq) or start Docker.',
  },
  {
    name: 'promtool',
    chosen: undefined,
    find: () => Promise.resolve(spawnSync('promtool', ['--version']).status === 0 ? 'promtool' : undefined),
    install: () => installPackage('prometheus'),
    howTo:
      'Install Prometheus (Debian and Ubuntu: sudo apt-get install prometheus; macOS: brew install prometheus).',
  },
  {
    name: 'Docker Compose',
    chosen: undefined,
    find: () => Promise.resolve(findCompose()[0]),
    install: () => installPackage('docker-compose'),
    howTo:
      'Install it (Debian and Ubuntu: sudo apt-get install docker-compose; elsewhere it comes with Docker).',
  },
  {
    name: 'script (of util-linux)',
    chosen: undefined,
    find: () => Promise.resolve(spawnSync('script', ['--version']).status === 0 ? 'script' : undefined),
    install: () => installPackage('bsdutils'),
    howTo: 'Install it (Debian and Ubuntu: sudo apt-get install bsdutils; macOS: brew install util-linux).',
  },
  {
    name: 'bubblewrap',
    chosen: undefined,
    optional: true,
    find: () => Promise.resolve(spawnSync('bwrap', ['--version']).status === 0 ? 'bwrap' : undefined),
    install: () => installPackage('bubblewrap'),
    howTo:
      'Without it the strongest sandbox of ffmpeg is not tried (Debian and Ubuntu: sudo apt-get install bubblewrap).',
  },
  ...['curl', 'wget', 'unzip', 'shellcheck'].map((name) => ({
    name,
    chosen: undefined,
    find: () =>
      Promise.resolve(
        spawnSync(name, [name === 'unzip' ? '-v' : '--version']).status === 0 ? name : undefined,
      ),
    install: () => installPackage(name),
    howTo: `Install it (Debian and Ubuntu: sudo apt-get install ${name}; macOS: brew install ${name}).`,
  })),
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
  return !program.chosen && (await program.install()) && (await program.find()) !== undefined;
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

for (const program of programs) {
  if (await isReady(program)) continue;
  if (program.optional) console.warn(`There is no ${program.name}. ${program.howTo}`);
  else fail(`The tests need ${program.name}, which was not found. ${program.howTo}`);
}
if (process.env.TEST_AMQP_URL && !(await answers(process.env.TEST_AMQP_URL))) {
  fail(
    'No RabbitMQ answers at TEST_AMQP_URL. Start it, or unset TEST_AMQP_URL: the tests then start one of their own.',
  );
}
