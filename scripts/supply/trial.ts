import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const INSTALL = ['install', '--offline', '--no-audit', '--no-fund'];
/** npm tells it to what runs within it; settings of whoever calls us must not count. */
const OURS = /^npm_config_|^npm_package_|^INIT_CWD$/i;

/**
 * Try it: does npm, with a folder's settings, refuse a package whose install script nobody has judged, and run nothing?
 * @param folder a folder with a lockfile
 * @returns sentences, none when it does
 */
export async function trialFaults(folder: string): Promise<string[]> {
  const place = await mkdtemp(join(tmpdir(), 'install-trial-'));
  try {
    await makeProject(place);
    await copyFile(join(folder, '.npmrc'), join(place, '.npmrc')).catch(() => undefined);
    const refusal = await install(place);
    const hasRun = await stat(join(place, 'stranger', 'ran')).catch(() => undefined);
    if (hasRun) return ['npm runs install scripts that nobody has judged: strict-allow-scripts, npm 11.16'];
    return refusal.includes('ESTRICTALLOWSCRIPTS') ? [] : [`npm does not refuse them, but says: ${refusal}`];
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function makeProject(place: string): Promise<void> {
  const stranger = join(place, 'stranger');
  await mkdir(stranger);
  const projects = {
    [place]: { name: 'trial', private: true, dependencies: { stranger: 'file:./stranger' } },
    [stranger]: { name: 'stranger', version: '1.0.0', scripts: { postinstall: 'echo >ran' } },
  };
  for (const [path, project] of Object.entries(projects)) {
    await writeFile(join(path, 'package.json'), JSON.stringify(project));
  }
}

/** What npm says when it fails; empty when it does not. */
async function install(place: string): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  return promisify(execFile)('npm', INSTALL, { cwd: place, env }).then(
    () => '',
    (error: unknown) => String(error),
  );
}
