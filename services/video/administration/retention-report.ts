import type { Going } from '../retention-rules.ts';

/** What goes, or would go: all of it counted (sizes in bytes), the first things by name. */
export interface RetentionReport {
  dryRun: boolean;
  count: number;
  bytes: number;
  items: Going[];
}

/** @param limit how many things are listed */
export async function report(
  going: AsyncIterable<Going>[],
  { dryRun, limit }: { dryRun: boolean; limit: number },
): Promise<RetentionReport> {
  const told: RetentionReport = { dryRun, count: 0, bytes: 0, items: [] };
  for (const some of going) {
    for await (const thing of some) {
      told.count += 1;
      told.bytes += thing.size ?? 0;
      if (told.items.length < limit) told.items.push(thing);
    }
  }
  return told;
}
