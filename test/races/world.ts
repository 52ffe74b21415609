import { randomUUID } from 'node:crypto';
import type { Job } from '../../lib/contracts.ts';
import { now as beginning } from '../support/videos.ts';

/** What is known outside of the service: by people, gateways and workers. It only grows where the service said yes. */
export interface World {
  now: Date;
  people: string[];
  /** Those who have deleted their account. */
  gone: string[];
  uploads: { id: string; personId: string; key: string; size: number }[];
  videos: { id: string; personId: string }[];
  jobs: { job: Job; claimedAt: Date }[];
  /** What the service has said yes to. */
  said: {
    claims: number;
    cancels: number;
    /** `extraction attempt`, as an answer that was lost may be asked for again. */
    completed: Set<string>;
    failed: Set<string>;
    /** Videos that were made, by person and day. */
    made: Map<string, number>;
  };
}

export const newWorld = (): World => ({
  now: beginning,
  people: [randomUUID(), randomUUID()],
  gone: [],
  uploads: [],
  videos: [],
  jobs: [],
  said: { claims: 0, cancels: 0, completed: new Set(), failed: new Set(), made: new Map() },
});

export const dayKey = (personId: string, now: Date) => `${personId} ${now.toISOString().slice(0, 10)}`;

/** One of the newest: things that many do something to are where races are. */
export const pickOf = <T>(things: readonly T[], pick: number): T | undefined =>
  things.at(-1 - (pick % Math.min(3, Math.max(1, things.length))));
