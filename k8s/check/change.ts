import { nameOf, type Manifest } from './manifest.ts';

/** One deliberate mistake: an object, a path in it, and what stands there then; undefined takes it away. */
export type Mistake = [object: string, path: string, value: unknown];

type Node = Record<string, unknown>;

/**
 * Objects with a mistake in them.
 * @throws Error when there is no such object, or no such path in it
 */
export function withMistake(objects: Manifest[], [name, path, value]: Mistake): Manifest[] {
  const changed = structuredClone(objects);
  const object = changed.find((it) => nameOf(it) === name);
  if (!object) throw new Error(`There is no ${name}`);
  const steps = path.split('/').map((step) => step.replaceAll('~1', '/'));
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Node>((node, step) => {
    const next = node[step];
    if (typeof next !== 'object' || next === null) throw new Error(`${name} has no ${path}`);
    return next as Node;
  }, object);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return changed;
}
