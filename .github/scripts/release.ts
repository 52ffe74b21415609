// Writes what was published into the kustomization of the environment that runs it, and pushes that as a commit.
// Usage: release.ts KUSTOMIZATION BRANCH, with COMMIT, SERVICES (a JSON list) and REGISTRY
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient, ImageNotFoundException } from '@aws-sdk/client-ecr';
import { readImages, writeImages, type Image } from './kustomization.ts';
import { command, Fault, given, run } from './program.ts';
import { imageOf } from './services.ts';

/** The digests of the images that are tagged with a commit: a tag is only there when the image has passed. */
export async function publishedImages(
  registry: string,
  services: string[],
  commit: string,
): Promise<Image[]> {
  const client = new ECRClient();
  return Promise.all(
    services.map(async (service) => {
      const name = imageOf(service);
      const asked = { repositoryName: name, imageIds: [{ imageTag: commit }] };
      const { imageDetails } = await client.send(new DescribeImagesCommand(asked)).catch((error: unknown) => {
        if (error instanceof ImageNotFoundException) return { imageDetails: [] };
        throw error;
      });
      const digest = imageDetails?.[0]?.imageDigest;
      if (!digest) throw new Fault('not_published', `${name} has no image of ${commit}`);
      return { name, newName: `${registry}/${name}`, newTag: commit, digest };
    }),
  );
}

export interface Place {
  /** A clone with history. */
  folder: string;
  /** The kustomization, from the root of the repository. */
  path: string;
  branch: string;
}

/**
 * Commit images to a branch. Whoever pushes at the same time is let go first, and an image that is older than the one
 * that is written there changes nothing.
 * @returns the names that were written
 * @throws Fault `push_refused` when nobody else has pushed and the branch does not take it all the same
 */
export async function release(place: Place, images: Image[]): Promise<string[]> {
  const { folder, path, branch } = place;
  const git = (...args: string[]) => run('git', args, folder).trim();
  for (let last = ''; ;) {
    git('fetch', '--quiet', 'origin', branch);
    const head = git('rev-parse', 'FETCH_HEAD');
    if (head === last) throw new Fault('push_refused', `${branch} takes no push: is it protected?`);
    last = head;
    git('checkout', '--quiet', '--force', '--detach', head);
    const text = await readFile(join(folder, path), 'utf8');
    const newer = newerThan(folder, readImages(text), images);
    if (newer.length === 0) return [];
    await writeFile(join(folder, path), writeImages(text, newer));
    const names = newer.map(({ name }) => name);
    git('commit', '--quiet', '--message', messageOf(newer), '--', path);
    if (spawnSync('git', ['push', '--quiet', 'origin', `HEAD:${branch}`], { cwd: folder }).status === 0)
      return names;
  }
}

const messageOf = (images: Image[]): string =>
  `Release ${images.map(({ name }) => name).join(', ')}\n\nBuilt from ${images[0]?.newTag ?? ''}.`;

/** Those that are not what is written, nor older. */
function newerThan(folder: string, written: Partial<Image>[], images: Image[]): Image[] {
  return images.filter((image) => {
    const { newTag = '', digest } = written.find(({ name }) => name === image.name) ?? {};
    if (newTag === image.newTag) return digest !== image.digest;
    const isOlder = spawnSync('git', ['merge-base', '--is-ancestor', image.newTag, newTag], { cwd: folder });
    return isOlder.status !== 0;
  });
}

if (import.meta.main) {
  await command(async () => {
    const [path = '', branch = ''] = process.argv.slice(2);
    const services = JSON.parse(given('SERVICES')) as string[];
    const images = await publishedImages(given('REGISTRY'), services, given('COMMIT'));
    const names = await release({ folder: '.', path, branch }, images);
    console.log(names.length > 0 ? `released: ${names.join(', ')}` : 'nothing newer than what is written');
  });
}
