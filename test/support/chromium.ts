import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);

/** The system's own come first; the last one is where `playwright-core install chromium` puts it. */
const candidates = () => [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  chromium.executablePath(),
];

/**
 * The Chromium to test with: CHROMIUM_PATH, else the first candidate that runs (a name alone does not prove that).
 * @returns its path, or its name on the PATH; undefined when there is none
 */
export async function findChromium(): Promise<string | undefined> {
  const chosen = process.env.CHROMIUM_PATH;
  for (const path of chosen ? [chosen] : candidates()) {
    if (await answers(path)) return path;
  }
  return undefined;
}

async function answers(path: string): Promise<boolean> {
  return run(path, ['--version'], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.includes('Chrom'),
    () => false,
  );
}

/** A Chromium without a window that contacts nobody by itself. */
export async function launchChromium(): Promise<Browser> {
  const name = await findChromium();
  if (!name) throw new Error('There is no Chromium: run node scripts/prepare-tests.ts');
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: await absolutePath(name),
    chromiumSandbox: !isRoot,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--no-default-browser-check',
    ],
  });
}

/** Playwright does not look on the PATH. */
async function absolutePath(name: string): Promise<string> {
  if (name.includes('/') || process.platform === 'win32') return name;
  const { stdout } = await run('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', name]);
  return stdout.trim();
}
