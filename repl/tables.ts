import { getBorderCharacters, table } from 'table';

type Cell = string | number | boolean | null | undefined;

const config = {
  border: getBorderCharacters('void'),
  columnDefault: { paddingLeft: 0, paddingRight: 2 },
  drawHorizontalLine: () => false,
};

/** @returns rows as text, without the spaces that would fill the last column */
const draw = (rows: Cell[][]) =>
  table(
    rows.map((row) => row.map(cellText)),
    config,
  )
    .replace(/ +$/gm, '')
    .trimEnd();

/** Rows under their headings, or a sentence where there are none. */
export const list = (headings: string[], rows: Cell[][], empty: string): string =>
  rows.length === 0 ? empty : draw([headings, ...rows]);

/** Names with their values, one under the other; what is empty is left out. */
export function facts(named: Record<string, Cell>): string {
  const told = Object.entries(named).filter(([, value]) => value !== null && value !== undefined);
  return told.length === 0 ? '' : draw(told);
}

/** What people have named may hold anything, also what a terminal would obey. */
const cellText = (cell: Cell) =>
  String(cell ?? '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '·');

const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3600 },
  { name: 'min', seconds: 60 },
];

/** @returns a duration in its largest unit that fits, such as `3 min` */
export function durationText(seconds: number): string {
  const unit = units.find((each) => seconds >= each.seconds);
  return unit
    ? `${Math.floor(seconds / unit.seconds)} ${unit.name}`
    : `${Math.max(0, Math.floor(seconds))} s`;
}

/** @returns how long ago an ISO 8601 time was, or how long it is until then */
export function ageText(at: string | null, now: Date): string {
  if (at === null) return '';
  const seconds = (now.getTime() - Date.parse(at)) / 1000;
  // Clocks of processes differ a little: what has just happened may seem to be ahead.
  return seconds <= -1 ? `in ${durationText(-seconds)}` : durationText(seconds);
}

/** @returns a size as people read it, such as `1.5 MB` */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : Number(value.toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB'][power]}`;
}
