// Which services' images must be built: those whose inputs differ between the commit that runs, as the kustomization
// says, and this one. So nothing is forgotten when a run was cancelled or failed: the next one finds the same difference.
// Usage: changed-services.ts KUSTOMIZATION [all]     puts out `services`, a JSON list
import { readFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { targetsOf } from './image-inputs.ts';
import { readImages } from './kustomization.ts';
import { command, output, run } from './program.ts';
import { imageOf, SERVICES } from './services.ts';

/**
 * The services whose images are not those of HEAD.
 * @param folder of the repository, with its history
 * @param kustomization what the file at HEAD says
 */
export async function changedServices(folder: string, kustomization: string): Promise<string[]> {
  const [dockerfile, dockerignore] = await Promise.all(
    ['Dockerfile', '.dockerignore'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  const commits = new Map(readImages(kustomization).map(({ name, newTag }) => [name, newTag]));
  return SERVICES.filter((service) => {
    const files = changedSince(folder, commits.get(imageOf(service)));
    return (
      files === undefined || targetsOf(files, [service], dockerfile ?? '', dockerignore ?? '').length > 0
    );
  });
}

/** Files that differ from a commit; undefined when it is none that is known here. */
function changedSince(folder: string, commit = ''): string[] | undefined {
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  if (spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: folder }).status !== 0)
    return undefined;
  const told = run('git', ['diff', '--name-only', '--no-renames', '-z', commit, 'HEAD'], folder);
  return told.split('\0').filter((name) => name !== '');
}

if (import.meta.main) {
  await command(async () => {
    const [path = '', all] = process.argv.slice(2);
    const services = all === 'all' ? [...SERVICES] : await changedServices('.', await readFile(path, 'utf8'));
    output('services', JSON.stringify(services));
  });
}
