/** How a run of an extraction ended: done, handed back by a pod that stops, or lost with a pod that was killed. */
export type Ending = 'done' | 'handed back' | 'lost';

export interface Run {
  pod: number;
  from: number;
  /** Infinity while it runs. */
  to: number;
  ending?: Ending;
}

/** One extraction. */
export interface Job {
  id: number;
  /** When its message was published. */
  at: number;
  /** Seconds of one core. */
  work: number;
  runs: Run[];
}

/** The queue: what waits, oldest first, as `video.claim` picks it. */
export interface Queue {
  add(job: Job): void;
  take(): Job | undefined;
  waiting: () => number;
}

/** An empty queue. */
export function createQueue(): Queue {
  const jobs: Job[] = [];
  let first = 0;
  return {
    add: (job) => {
      // What comes back is older than what waits, or nearly so.
      let place = jobs.length;
      while (place > first && (jobs[place - 1]?.id ?? 0) > job.id) place -= 1;
      jobs.splice(place, 0, job);
    },
    take: () => {
      const job = jobs[first];
      if (job) first += 1;
      if (first > 1000) {
        jobs.splice(0, first);
        first = 0;
      }
      return job;
    },
    waiting: () => jobs.length - first,
  };
}

/** Seconds that a job has not been worked on with effect: the wait, and runs that came to nothing. */
export function delayOf({ at, runs }: Job): number {
  const last = runs.at(-1);
  return last?.ending === 'done' ? last.from - at : Infinity;
}
