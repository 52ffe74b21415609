import type {
  FrameRange,
  Job,
  LiveFrame,
  Media,
  Preview,
  RangeJob,
  RangeState,
  StoredArchive,
} from '../../lib/contracts.ts';
import type { FailureCode } from '../../lib/failures.ts';

/** Which attempt a call speaks for. */
export interface Attempt {
  extractionId: string;
  attempt: number;
}

/** Not accepted: the attempt is no longer ours (canceled, deleted, or the lease was lost). */
export interface Answer {
  accepted: boolean;
}

export interface Completion extends Attempt {
  archive: StoredArchive;
  preview: Preview;
  media: Media;
  frameCount: number;
  warnings: string[];
}

/** Which attempt at a range a call speaks for. */
interface ClaimedRange {
  rangeId: string;
  attempt: number;
}

/** What workers that share one extraction ask of the video service. */
export interface RangePort {
  split(split: Attempt & { ranges: FrameRange[] }): Promise<Answer>;
  ranges(attempt: Attempt): Promise<RangeState[]>;
  claimRange(owner: Attempt & { worker: string }): Promise<RangeJob | null>;
  renewRange(claimed: ClaimedRange): Promise<Answer>;
  endRange(end: ClaimedRange & { outcome: 'stored' | 'released' | 'refused' }): Promise<Answer>;
}

/** What a worker asks of the video service; the actions have the same names. */
export interface VideoPort extends RangePort {
  claim(worker: { worker: string; helping?: string }): Promise<Job | RangeJob | null>;
  renew(renewal: Attempt & { progress: number; media?: Media }): Promise<Answer>;
  shareFrames(part: Attempt & { part: number; frames: LiveFrame[] }): Promise<Answer>;
  complete(completion: Completion): Promise<Answer>;
  fail(failure: Attempt & { code: FailureCode; retryable: boolean; media?: Media }): Promise<Answer>;
  release(attempt: Attempt): Promise<Answer>;
}
