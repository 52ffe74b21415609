import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { build } from './kubectl.ts';
import type { Manifest } from './manifest.ts';

const root = join(import.meta.dirname, '..', '..');

/** What was built, by its name. */
export type Builds = Map<string, Manifest[]>;

/**
 * Build every overlay, and the base with each component alone, with all but each, and with all: a component that needs
 * another one fails alone, and two that are in each other's way fail together. It happens in a copy, where the
 * secrets of the overlay for laptops are made, too.
 * @throws Error that names what can't be built
 */
export async function buildAll(kubectl: string): Promise<{ overlays: Builds; combinations: Builds }> {
  const copy = await mkdtemp(join(tmpdir(), 'video-system-k8s-'));
  try {
    for (const part of ['base', 'components', 'monitoring', 'overlays']) {
      const isSource = (path: string) => !path.startsWith(join(root, 'k8s/overlays/dev/secrets'));
      await cp(join(root, 'k8s', part), join(copy, part), { recursive: true, filter: isSource });
    }
    const secrets = join(copy, 'overlays/dev/secrets');
    await promisify(execFile)(process.execPath, [join(root, 'scripts/make-secrets.ts'), secrets]);
    const overlays = (await readdir(join(copy, 'overlays'))).map((name) => `overlays/${name}`);
    const combinations = await writeCombinations(copy);
    return {
      overlays: await buildEach(kubectl, copy, overlays),
      combinations: await buildEach(kubectl, copy, combinations),
    };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function buildEach(kubectl: string, copy: string, names: string[]): Promise<Builds> {
  const built: Builds = new Map();
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      built.set(name, await build(kubectl, join(copy, name)));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return built;
}

async function writeCombinations(copy: string): Promise<string[]> {
  const components = (await readdir(join(copy, 'components'))).sort();
  const combinations = [
    ...components.map((one) => [one]),
    ...components.map((one) => components.filter((other) => other !== one)),
    components,
  ];
  return Promise.all(
    combinations.map(async (chosen) => {
      const name = `combinations/${chosen.join('+')}`;
      const kustomization = {
        resources: ['../../base'],
        components: chosen.map((component) => `../../components/${component}`),
      };
      await mkdir(join(copy, name), { recursive: true });
      await writeFile(join(copy, name, 'kustomization.yaml'), stringify(kustomization));
      return name;
    }),
  );
}
