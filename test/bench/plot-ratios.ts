import { drawing } from './svg.ts';

/** One comparison: our time divided by the baseline's, and what it should be at most. */
export interface Row {
  name: string;
  ratio: number;
  target: number | null;
}

const LINE = 24;
const LABELS = 230;
const BARS = 420;

/** Draw ratios as an SVG bar chart; a tick marks each target, a line the baseline. */
export function plotRatios(title: string, rows: Row[]): string {
  const longest = Math.max(1, ...rows.map(({ ratio, target }) => Math.max(ratio, target ?? 0)));
  const x = (ratio: number) => LABELS + (ratio / longest) * BARS;
  const height = (rows.length + 3) * LINE;
  const bars = rows.map(({ name, ratio, target }, index) => {
    const y = (index + 2) * LINE;
    const colour = target !== null && ratio > target ? 'bad' : 'good';
    const tick = target === null ? '' : `<path d="M${x(target)} ${y - 16}v20" class="tick"/>`;
    return [
      `<text x="${LABELS - 8}" y="${y}" text-anchor="end">${name}</text>`,
      `<rect x="${LABELS}" y="${y - 14}" width="${x(ratio) - LABELS}" height="16" class="${colour}"/>`,
      `${tick}<text x="${x(Math.max(ratio, target ?? 0)) + 8}" y="${y}">${ratio.toFixed(2)}</text>`,
    ].join('');
  });
  return drawing(LABELS + BARS + 70, height, title, [
    `<path d="M${x(1)} ${LINE}v${height - 2 * LINE}" class="dashed"/>`,
    ...bars,
    `<text x="12" y="${height - 8}" class="faint">dashed: the plain command = 1; tick: the target; amber: not reached</text>`,
  ]);
}
