import type { RetentionReport } from '../../../lib/administration/replies.ts';
import type { Going } from '../retention-rules.ts';

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
