import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Answer with what an object store gives, at the speed of the client, so that nothing waits in memory. The source is
 * closed in any case: when the client goes away, and when it has gone, or the request was refused, while the store looked
 * for it. Then there is nobody left to tell.
 * @param describe sets the status and the headers
 */
export async function sendStream(res: ServerResponse, source: Readable, describe: () => void): Promise<void> {
  try {
    if (res.headersSent) return;
    describe();
    await pipeline(source, res).catch(() => undefined);
  } finally {
    // A pipeline to a client that has gone already leaves its source open.
    source.destroy();
  }
}
