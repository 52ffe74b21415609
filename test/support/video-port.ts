import * as attempts from '../../services/video/attempts.ts';
import { claim } from '../../services/video/claim.ts';
import { shareFrames } from '../../services/video/live-frames.ts';
import type { VideoDatabase } from '../../services/video/models.ts';
import { endRange, listRanges, renewRange } from '../../services/video/ranges.ts';
import { claimOwnRange, splitExtraction } from '../../services/video/split.ts';
import type { VideoPort } from '../../services/processor/video-port.ts';

/** The video service as a worker sees it, without a broker between them. */
export function directPort(db: VideoDatabase, scheduling: attempts.Scheduling): VideoPort {
  const now = () => new Date();
  return {
    claim: (given) => claim(db, given, scheduling, now()),
    renew: (given) => attempts.renew(db, given, scheduling, now()),
    shareFrames: (given) => shareFrames(db, given, now()),
    split: (given) => splitExtraction(db, given, now()),
    ranges: ({ extractionId }) => listRanges(db, extractionId),
    claimRange: (given) => claimOwnRange(db, given, scheduling, now()),
    renewRange: (given) => renewRange(db, given, scheduling, now()),
    endRange: (given) => endRange(db, given),
    complete: (given) => attempts.complete(db, given, now()),
    fail: (given) => attempts.fail(db, given, scheduling, now()),
    release: (given) => attempts.release(db, given, now()),
  };
}
