import { exceptions, isAllowed } from './licences.ts';

/** What a lockfile says of a package; see npm's documentation of package-lock.json. */
export interface LockedPackage {
  /** Where it is installed under another one. */
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: boolean;
  inBundle?: boolean;
  link?: boolean;
}

export interface Lock {
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
}

/** Whether the scripts of packages may run when they are installed. */
export type ScriptPolicy = Record<string, boolean>;

/** The name of a package, by its place in the tree. */
export const nameOf = (place: string): string => place.replace(/^.*node_modules\//, '');

/**
 * What is wrong with what a lockfile would have installed: sentences, none when all is well.
 * @param policy `allowScripts` of package.json
 */
export function faultsOf(lock: Lock, policy: ScriptPolicy): string[] {
  if (lock.lockfileVersion !== 3) return ['The lockfile has another version than 3'];
  const places = Object.entries(lock.packages).filter(([place]) => place !== '');
  return [
    ...places.flatMap(([place, locked]) => originFaults(place, locked)),
    ...places.flatMap(([place, locked]) => licenceFaults(place, locked)),
    ...scriptFaults(places, policy),
  ];
}

/** Content decides what comes, not the place that it comes from: registries and mirrors may differ. */
function originFaults(place: string, { integrity, resolved, link, inBundle }: LockedPackage): string[] {
  if (link) return [`${place} is a link`];
  const faults = [];
  // What is bundled comes in the archive of another package, whose integrity covers it.
  if (!inBundle && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))
    faults.push(`${place} has no sha512 integrity`);
  if (resolved !== undefined) faults.push(`${place} names where it comes from: ${resolved}`);
  return faults;
}

function licenceFaults(place: string, { license }: LockedPackage): string[] {
  const isExcepted = nameOf(place) in exceptions;
  if (license !== undefined && isAllowed(license)) return [];
  return isExcepted ? [] : [`${place} has a licence that is not allowed: ${license ?? 'none'}`];
}

function scriptFaults(places: [string, LockedPackage][], policy: ScriptPolicy): string[] {
  const withScripts = new Set(places.filter(([, it]) => it.hasInstallScript).map(([place]) => nameOf(place)));
  return [
    ...[...withScripts]
      .filter((name) => !(name in policy))
      .map((name) => `${name} has an install script that nobody has judged (allowScripts)`),
    ...Object.keys(policy)
      .filter((name) => !withScripts.has(name))
      .map((name) => `${name} stands in allowScripts, and has no install script`),
  ];
}
