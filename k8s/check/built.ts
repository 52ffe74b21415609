import { buildAll, type Builds } from './builds.ts';
import { findKubectl } from './kubectl.ts';
import type { Manifest } from './manifest.ts';

const kubectl = await findKubectl();

/** Why what needs kubectl is left out; false when it is not. */
export const skip = kubectl === null ? 'SKIPPED: the manifests were not built, for want of kubectl' : false;
if (skip) console.log(skip);

const none: Builds = new Map();

/** All builds, made once for all tests. */
export const { overlays, combinations } =
  kubectl === null ? { overlays: none, combinations: none } : await buildAll(kubectl);

/** What an overlay is made of. */
export function overlay(name: 'dev' | 'prod'): Manifest[] {
  const objects = overlays.get(`overlays/${name}`);
  if (!objects) throw new Error(`There is no overlay ${name}`);
  return objects;
}
