import { randomUUID } from 'node:crypto';
import type { Job, RangeJob } from '../../lib/contracts.ts';
import { now as beginning } from '../support/videos.ts';

/** How much a person may have at most. */
export type Limits = Record<'storedBytes' | 'videosPerDay' | 'concurrentUploads', number>;

/** What is known outside of the service: by people, gateways and workers. It only grows where the service said yes. */
export interface World {
  now: Date;
  people: string[];
  /** Those who have deleted their account. */
  gone: string[];
  uploads: { id: string; personId: string; key: string; size: number }[];
  videos: { id: string; personId: string }[];
  /** `parts`: how many parts of finished frames a worker has told of. */
  jobs: { job: Job; worker: string; claimedAt: Date; parts: number }[];
  ranges: { job: RangeJob; worker: string; claimedAt: Date }[];
  links: { id: string; own: { id: string; personId: string }; secretSha256: string }[];
  /** What the service has said yes to. */
  said: {
    claims: number;
    cancels: number;
    /** Calls that wake workers beside the first one of each extraction. */
    calls: number;
    /** What administrators have done, and what of it has been written down. */
    deeds: number;
    deedsSeen: number;
    /** `extraction attempt`, as an answer that was lost may be asked for again. */
    completed: Set<string>;
    failed: Set<string>;
    /** `range attempt` */
    rangeClaims: string[];
    rangesStored: Set<string>;
    /** Uploads that were given up, and videos that were made: an id is never both. */
    givenUp: Set<string>;
    videos: Set<string>;
    revoked: Set<string>;
    /** Videos that were made, by person and day. */
    made: Map<string, number>;
    /** Of people for whom administrators have set others. */
    limits: Map<string, Limits>;
  };
}

export const newWorld = (): World => ({
  now: beginning,
  people: [randomUUID(), randomUUID()],
  ...{ gone: [], uploads: [], videos: [], jobs: [], ranges: [], links: [] },
  said: {
    ...{ claims: 0, cancels: 0, calls: 0, deeds: 0, deedsSeen: 0 },
    ...{ completed: new Set(), failed: new Set(), rangeClaims: [], rangesStored: new Set() },
    ...{ givenUp: new Set(), videos: new Set(), revoked: new Set(), made: new Map() },
    limits: new Map(),
  },
});

export const dayKey = (personId: string, now: Date) => `${personId} ${now.toISOString().slice(0, 10)}`;

/** One of the newest: things that many do something to are where races are. */
export const pickOf = <T>(things: readonly T[], pick: number): T | undefined =>
  things.at(-1 - (pick % Math.min(3, Math.max(1, things.length))));
