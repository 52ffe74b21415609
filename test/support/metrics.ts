import { eventually } from './eventually.ts';

/** What a process tells of itself, in Prometheus' format. */
export const scrape = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

/** The value of the first sample that fits; not a number where there is none. */
export const valueOf = (text: string, sample: RegExp): number =>
  Number(new RegExp(`^${sample.source} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);

/** Wait until a sample has a value; one that was never moved counts as 0. */
export const measures = (port: number, sample: RegExp, value: number): Promise<true> =>
  eventually(
    async () => (valueOf(await scrape(port), sample) || 0) === value,
    `${sample.source} to be ${value}`,
    60_000,
  );

/** A metric of which there is a sample. */
export interface Family {
  name: string;
  type: string;
  /** In the order of the alphabet, without a histogram's own. */
  labels: string[];
}

/** All metrics of which there is a sample. */
export function familiesOf(text: string): Family[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type = '']) => {
    const samples = [
      ...text.matchAll(new RegExp(`^${name}(?:_bucket|_count|_sum)?(?:\\{(.*)\\})? \\S+$`, 'gm')),
    ];
    const labels = samples.flatMap(([, pairs = '']) =>
      [...pairs.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label),
    );
    const own = new Set(labels.filter((label) => type !== 'histogram' || label !== 'le'));
    return samples.length > 0 ? [{ name, type, labels: [...own].sort() }] : [];
  });
}
