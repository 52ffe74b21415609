import { Readable } from 'node:stream';
import { partKey, type Job, type LiveFrame } from '../../lib/contracts.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { VideoPort } from './video-port.ts';

/** Lets people see finished frames before the archive is there: small objects of a few frames each. */
export interface LiveFrames {
  /**
   * Resolves at once unless a slow store is far behind.
   * @param index counts from 1; a frame that comes again, because the work began anew, is not shared again
   */
  add(index: number, image: Buffer, frame: LiveFrame): Promise<void>;
  /** Waits for the part that is on its way; what is left is in the archive soon. */
  close(): Promise<void>;
}

/** People are told so often, and a shorter extraction shares nothing. */
const SHARE_MS = 2000;
const MAX_FRAMES = 500;
const MAX_WAITING_BYTES = 16 * 1024 ** 2;

interface Needs {
  video: Pick<VideoPort, 'shareFrames'>;
  store: ObjectStore;
  logger: Logger;
}

/** Sharing is an extra: when it fails, it ends, and the extraction goes on. */
export function shareFrames({ video, store, logger }: Needs, job: Job, signal: AbortSignal): LiveFrames {
  const { extractionId, attempt } = job;
  let waiting: { image: Buffer; frame: LiveFrame }[] = [];
  let waitingBytes = 0;
  let next = Date.now() + SHARE_MS;
  let part = 0;
  let added = 0;
  let sharing: Promise<void> | undefined;
  let failed = false;

  const share = async () => {
    const items = waiting.splice(0, MAX_FRAMES);
    waitingBytes = waiting.reduce((sum, { image }) => sum + image.length, 0);
    part += 1;
    const frames = items.map(({ frame }) => frame);
    // Told first: the key of an object must be known before its first byte is written.
    const { accepted } = await video.shareFrames({ extractionId, attempt, part, frames });
    if (!accepted) return;
    const content = Readable.from(items.map(({ image }) => image));
    await store.put(partKey(extractionId, attempt, part), content, signal);
  };

  const begin = () => {
    next = Date.now() + SHARE_MS;
    sharing = share()
      .catch((error: unknown) => {
        failed = true;
        waiting = [];
        if (!signal.aborted) logger.warn('Finished frames can no longer be shown before the archive', error);
      })
      .finally(() => (sharing = undefined));
  };

  return {
    add: async (index, image, frame) => {
      if (failed || index <= added) return;
      added = index;
      waiting.push({ image, frame });
      waitingBytes += image.length;
      if (!sharing && (Date.now() >= next || (part > 0 && waiting.length >= MAX_FRAMES))) begin();
      while (sharing && waitingBytes > MAX_WAITING_BYTES) await sharing;
    },
    close: async () => {
      failed = true;
      await sharing;
    },
  };
}
