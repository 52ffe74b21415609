import { passing } from './passing.ts';
import { locale } from './index.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A size in bytes as people read it: 1.5 MB. */
export function fileSize(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return (bytes / 1000 ** step).toLocaleString(locale.value, {
    style: 'unit',
    unit: UNITS[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step < 2 ? 0 : 1,
  });
}

/** A time in a video, or a length of one: 0:07, 1:02:03; with `decimals` also 0:07.25. */
export function clock(seconds: number, decimals = 0): string {
  const unit = 10 ** decimals;
  const total = (decimals > 0 ? Math.floor(seconds * unit + 1e-6) : Math.round(seconds)) / unit;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = (total % 60).toFixed(decimals).padStart(decimals > 0 ? 3 + decimals : 2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** How long something still takes, roughly: 40 sec, 3 min, 2 hr. */
export function roughly(seconds: number): string {
  const [value, unit] =
    seconds < 90
      ? ([Math.max(1, Math.round(seconds)), 'second'] as const)
      : seconds < 5400
        ? ([Math.round(seconds / 60), 'minute'] as const)
        : ([Math.round(seconds / 360) / 10, 'hour'] as const);
  return value.toLocaleString(locale.value, { style: 'unit', unit, unitDisplay: 'short' });
}

/** How long something is allowed to take, in whole hours or days: 1 hour, 7 days. */
export function longSpan(seconds: number): string {
  const [value, unit] = seconds < 86_400 ? [seconds / 3600, 'hour'] : [seconds / 86_400, 'day'];
  return value.toLocaleString(locale.value, { style: 'unit', unit, unitDisplay: 'long' });
}

/** Day and time of an ISO 8601 instant. */
export const dateTime = (iso: string): string =>
  new Date(iso).toLocaleString(locale.value, { dateStyle: 'medium', timeStyle: 'short' });

/** The day of an ISO 8601 instant. */
export const day = (iso: string): string =>
  new Date(iso).toLocaleDateString(locale.value, { dateStyle: 'medium' });

const SPANS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long ago, or in how long: now, 3 minutes ago, in 2 days. What says it is drawn again as time goes by. */
export function ago(iso: string): string {
  const seconds = (Date.parse(iso) - Math.max(passing.value, Date.now())) / 1000;
  const words = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' });
  for (const [unit, span] of SPANS) {
    if (Math.abs(seconds) >= span) return words.format(Math.round(seconds / span), unit);
  }
  return words.format(Math.max(0, Math.round(seconds)), 'second');
}
