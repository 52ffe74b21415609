import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFiles } from './archive.ts';
import type { Bases } from './bases.ts';
import { build } from './build.ts';
import type { Planted } from './planted.ts';
import { run } from './program.ts';
import { SecretSearch } from './secrets.ts';

/** A secret in an image. */
export interface Leak {
  what: string;
  where: string;
}

/**
 * Look for secrets in everything that is handed out with images: their settings and history, and each file of each
 * layer, also where a later layer removes it.
 * @param planted the values of secrets that must not be there, and what they are
 * @returns what was found, and a word on how much was looked at
 */
export async function leaksIn(
  images: string[],
  planted: Map<string, string>,
): Promise<{ leaks: Leak[]; searched: string }> {
  const search = new SecretSearch(planted);
  const saving = spawn('podman', ['save', '--quiet', '--multi-image-archive', ...images], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(saving, 'close');
  const leaks: Leak[] = [];
  const layers = new Set<string | undefined>();
  let [files, bytes] = [0, 0];
  for await (const { layer, path, content } of imageFiles(saving.stdout)) {
    layers.add(layer);
    files += 1;
    bytes += content.length;
    const where = layer === undefined ? `settings (${path})` : `layer ${layer.slice(0, 12)}, /${path}`;
    leaks.push(...search.in(path, content).map((what) => ({ what, where })));
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`podman save ended with ${code}`);
  const searched = `${files} files (${Math.round(bytes / 1e6)} MB) of ${layers.size - 1} layers and the settings`;
  return { leaks, searched };
}

const CARELESS = 'localhost/ms-careless';
/** The mistakes that people make: all of the folder, build arguments that stay, secrets that are removed too late. */
const carelessFile = (base: string, variables: string[]) => `FROM ${base}
${variables.map((name) => `ARG ${name}\nENV ${name}=$${name}`).join('\n')}
COPY . /app
RUN --mount=type=secret,id=npm --mount=type=secret,id=aws cat /run/secrets/npm /run/secrets/aws >/root/handed
RUN rm -r /app /root/handed
`;

/**
 * Prove that the search finds what it says is not there: in an image that is made by mistake after mistake.
 * @returns in how many places secrets were planted; it has found them from all of them
 * @throws Error with the places that it has not found anything from
 */
export async function proveSearch(planted: Planted, bases: Bases): Promise<number> {
  const file = join(planted.home, 'Dockerfile');
  await writeFile(file, carelessFile(bases.runtime, Object.keys(planted.env)));
  await build(planted, CARELESS, ['--file', file, '--ignorefile', '/dev/null']);
  try {
    const { leaks } = await leaksIn([CARELESS], planted.secrets);
    const found = new Set(leaks.map(({ what }) => what));
    const places = new Set(planted.secrets.values());
    const missed = places.difference(found);
    if (missed.size > 0) throw new Error(`The search does not find ${[...missed].join(', ')}`);
    return places.size;
  } finally {
    await run('podman', ['rmi', '--force', CARELESS]);
  }
}
