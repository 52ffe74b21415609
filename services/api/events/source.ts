import type { Changes, Missed, Change } from '../../../lib/change-log.ts';

/** One thing to tell: the name of its event and what the event carries. */
export interface Told {
  name: string;
  json: string;
}

/** Where changes come from. Everything may fail while its service is away: it is asked again at the next turn. */
export interface EventSource {
  /** For the log. */
  name: string;
  changes(after: string | null): Promise<Changes>;
  missed(people: { personId: string; after: string }[]): Promise<Missed[]>;
  /** What changes without being written down, for the people who look. */
  moved?(personIds: string[]): Promise<Change[]>;
  /** How these things are now, in the same order; null for what is not worth telling. */
  load(wanted: Change[]): Promise<(Told | null)[]>;
}
