import { measured } from './measured.ts';

/** What is counted with and can't be measured: how people use the system, and what one piece can bear. */
export const assumptions = {
  minutes: { value: 3.3, what: 'minutes of a video, on average (half are shorter than 2)' },
  peak: { value: 4, what: 'times the mean of a day come in its busiest hour' },
  use: {
    value: 0.6,
    what: 'of its cores a node works with, on average: pods come in whole numbers and nodes late',
  },
  downloads: { value: 1, what: 'downloads of each archive' },
  sourceDays: { value: 30, what: 'days that sources are kept (`SOURCE_DAYS`)' },
  archiveDays: { value: 30, what: 'days that archives are kept (`ARCHIVE_DAYS`)' },
  letters: { value: 1, what: 'letters for each video' },
  logKilobytes: { value: 5, what: 'KB of logs for each video' },
  headroom: { value: 0.6, what: 'of what a piece can bear is planned for' },
} as const;

const of = <Name extends string>(table: Record<Name, { value: number }>, name: Name) => table[name].value;
/** The value of an assumption. */
export const a = (name: keyof typeof assumptions) => of(assumptions, name);
/** The value of what was measured. */
export const m = (name: keyof typeof measured) => of(measured, name);

/** What a video costs: so much for itself, so much for each of its minutes. */
export const perVideo = (each: keyof typeof measured, perMinute: keyof typeof measured) =>
  m(each) + m(perMinute) * a('minutes');
