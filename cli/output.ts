import { stripVTControlCharacters } from 'node:util';

/** Where results go: as JSON for scripts, or as text for people. */
export interface Output {
  json: boolean;
  /** One result: the value as one JSON document, or its text. */
  result(value: unknown, text: string): void;
  /** How things go, for people only, apart from the results. */
  note(text: string): void;
  /** How things go, for scripts only: one JSON object a line. */
  event(value: object): void;
}

/** A text without what could steer the terminal: names of files come from anywhere. Line breaks stay. */
export const plain = (text: string) => stripVTControlCharacters(text).replace(/(?!\n)\p{Cc}/gu, '?');

/** Results on stdout, everything else on stderr. */
export const createOutput = (json: boolean): Output => ({
  json,
  result: (value, text) =>
    process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${plain(text)}\n`),
  note: (text) => {
    if (!json) process.stderr.write(`${plain(text)}\n`);
  },
  event: (value) => {
    if (json) process.stderr.write(`${JSON.stringify(value)}\n`);
  },
});

/** Rows under a heading, in columns. */
export function table(heading: string[], rows: (string | number)[][]): string {
  const lines = [heading, ...rows.map((row) => row.map((cell) => plain(String(cell)).replaceAll('\n', ' ')))];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes as people read it. */
export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power] ?? 'B'}`;
}
