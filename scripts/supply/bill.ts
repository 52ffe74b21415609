import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nameOf, type Lock } from './faults.ts';

interface Bill {
  bomFormat: string;
  components: { purl?: string }[];
}

/**
 * What of a lockfile is missing in the bill of materials that `npm run sbom` makes of it: sentences. It tells of
 * everything; what only development needs is marked. (Told to leave that out, npm leaves out too much.)
 */
export async function billFaults(lock: Lock): Promise<string[]> {
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'sbom'], { maxBuffer: 64 * 1024 * 1024 });
  const { bomFormat, components } = JSON.parse(stdout) as Bill;
  if (bomFormat !== 'CycloneDX') return [`The bill of materials is ${bomFormat}, not CycloneDX`];
  const told = new Set(components.map(({ purl = '' }) => decodeURIComponent(purl.replace(/\?.*$/, ''))));
  return Object.entries(lock.packages)
    .filter(([place]) => place !== '')
    .map(([place, { name = nameOf(place), version = '' }]) => `pkg:npm/${name}@${version}`)
    .filter((purl) => !told.has(purl))
    .map((purl) => `${purl} is missing in the bill of materials`);
}
