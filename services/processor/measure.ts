import type { Job } from '../../lib/contracts.ts';
import { metrics } from '../../lib/metrics.ts';
import type { Attempt, VideoPort } from './video-port.ts';

interface Begun {
  mode: string;
  at: number;
  /** When the lease runs out unless it is renewed. */
  until: number;
  leaseMs: number;
}

/** The attempts that run here. Some end without a word to `video`: their leases are refused, or run out. */
function createAttempts(clock: () => number) {
  const begun = new Map<string, Begun>();
  const nameOf = ({ extractionId, attempt }: Attempt) => `${extractionId} ${attempt}`;
  const end = (attempt: Attempt) => {
    const { mode, at } = begun.get(nameOf(attempt)) ?? { mode: 'unknown', at: clock() };
    begun.delete(nameOf(attempt));
    return { mode, seconds: (clock() - at) / 1000 };
  };
  return {
    begin: (job: Job) => {
      const [at, leaseMs] = [clock(), job.leaseSeconds * 1000];
      begun.set(nameOf(job), { mode: job.recipe.select.mode, at, until: at + leaseMs, leaseMs });
    },
    renew: (attempt: Attempt) => {
      const known = begun.get(nameOf(attempt));
      if (known) known.until = clock() + known.leaseMs;
    },
    end,
    lose: (attempt: Attempt) => {
      if (begun.has(nameOf(attempt))) count('lost', end(attempt).mode);
    },
    /** Those whose renewals did not get through; nobody tells of them any more once a whole lease has passed again. */
    loseSilent: () => {
      for (const [name, { mode, until, leaseMs }] of begun) {
        if (clock() < until + leaseMs) continue;
        begun.delete(name);
        count('lost', mode);
      }
    },
  };
}

const count = (outcome: string, mode: string, code = '') => metrics.extractions.inc({ outcome, mode, code });

/**
 * A way to `video` that also counts how the attempts of this process end.
 * @param clock gives milliseconds of any beginning
 */
export function measuredPort(port: VideoPort, clock = () => performance.now()): VideoPort {
  const attempts = createAttempts(clock);
  return {
    ...port,
    claim: async (worker) => {
      attempts.loseSilent();
      const work = await port.claim(worker);
      if (work && !('range' in work)) attempts.begin(work);
      return work;
    },
    renew: async (renewal) => {
      const answer = await port.renew(renewal);
      if (answer.accepted) attempts.renew(renewal);
      else attempts.lose(renewal);
      return answer;
    },
    complete: async (completion) => {
      const answer = await port.complete(completion);
      const { mode, seconds } = attempts.end(completion);
      count(answer.accepted ? 'completed' : 'refused', mode);
      if (answer.accepted) {
        metrics.extractionSeconds.observe({ mode }, seconds);
        metrics.realTimeFactor.observe({ mode }, completion.media.durationSeconds / Math.max(seconds, 0.001));
      }
      return answer;
    },
    fail: async (failure) => {
      const answer = await port.fail(failure);
      const { mode } = attempts.end(failure);
      if (answer.accepted) count(failure.retryable ? 'retried' : 'failed', mode, failure.code);
      else count('refused', mode);
      return answer;
    },
    release: async (attempt) => {
      const answer = await port.release(attempt);
      count(answer.accepted ? 'released' : 'refused', attempts.end(attempt).mode);
      return answer;
    },
  };
}

/**
 * Count what a run of ffmpeg has cost. It tells so itself, at its end (`-benchmark`); one that is killed does not.
 * @returns whether the line tells that, and nothing else
 */
export function noteCost(line: string): boolean {
  if (!line.startsWith('bench: ')) return false;
  const cpu = /utime=([\d.]+)s stime=([\d.]+)s/.exec(line);
  if (cpu) {
    metrics.ffmpegCpu.inc({ kind: 'user' }, Number(cpu[1]));
    metrics.ffmpegCpu.inc({ kind: 'system' }, Number(cpu[2]));
  }
  const kibibytes = /maxrss=(\d+)k(?:i)?B/i.exec(line)?.[1];
  if (kibibytes) metrics.ffmpegMemory.observe(Number(kibibytes) * 1024);
  return true;
}
