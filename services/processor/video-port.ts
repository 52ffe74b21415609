import type { Job, LiveFrame, Media, Preview, StoredArchive } from '../../lib/contracts.ts';
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

/** What a worker asks of the video service; the actions have the same names. */
export interface VideoPort {
  claim(worker: { worker: string }): Promise<Job | null>;
  renew(renewal: Attempt & { progress: number; media?: Media }): Promise<Answer>;
  shareFrames(part: Attempt & { part: number; frames: LiveFrame[] }): Promise<Answer>;
  complete(completion: Completion): Promise<Answer>;
  fail(failure: Attempt & { code: FailureCode; retryable: boolean; media?: Media }): Promise<Answer>;
  release(attempt: Attempt): Promise<Answer>;
}
