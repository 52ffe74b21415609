import type { Job } from '../../lib/contracts.ts';
import { metrics } from '../../lib/metrics.ts';
import type { VideoPort } from './video-port.ts';

interface Begun {
  mode: string;
  at: number;
}

/**
 * A way to `video` that also counts how the attempts of this process end.
 * @param clock gives milliseconds of any beginning
 */
export function measuredPort(port: VideoPort, clock = () => performance.now()): VideoPort {
  const begun = new Map<string, Begun>();
  const end = (extractionId: string) => {
    const work = begun.get(extractionId) ?? { mode: 'unknown', at: clock() };
    begun.delete(extractionId);
    return { mode: work.mode, seconds: (clock() - work.at) / 1000 };
  };
  return {
    ...port,
    claim: async (worker) => {
      const work = await port.claim(worker);
      if (work && !('range' in work)) begun.set(work.extractionId, { mode: modeOf(work), at: clock() });
      return work;
    },
    complete: async (completion) => {
      const answer = await port.complete(completion);
      const { mode, seconds } = end(completion.extractionId);
      const outcome = answer.accepted ? 'completed' : 'refused';
      metrics.extractions.inc({ outcome, mode, code: '' });
      if (answer.accepted) {
        metrics.extractionSeconds.observe({ mode }, seconds);
        metrics.realTimeFactor.observe({ mode }, completion.media.durationSeconds / Math.max(seconds, 0.001));
      }
      return answer;
    },
    fail: async (failure) => {
      const answer = await port.fail(failure);
      const { mode } = end(failure.extractionId);
      const outcome = failure.retryable ? 'retried' : 'failed';
      metrics.extractions.inc({ outcome, mode, code: failure.code });
      return answer;
    },
    release: async (attempt) => {
      const answer = await port.release(attempt);
      metrics.extractions.inc({ outcome: 'released', mode: end(attempt.extractionId).mode, code: '' });
      return answer;
    },
  };
}

const modeOf = ({ recipe }: Job): string => recipe.select.mode;
