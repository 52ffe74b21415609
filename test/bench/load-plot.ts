import type { Figures } from './load-figures.ts';
import { drawing } from './svg.ts';

export interface Step extends Figures {
  perSecond: number;
}

/** What is drawn: figures by rate, and two runs through the same overload, second by second. */
export interface LoadPicture {
  steps: Step[];
  knee: number;
  overload: { from: number; until: number; perSecond: number };
  shedding: Figures[];
  baseline: Figures[];
}

const PANEL = { width: 300, height: 200, top: 60 };
const DECADES = [10, 100, 1000, 10_000];

/** A panel with milliseconds upwards, each line ten times the one below. */
function panel(left: number, name: string, xLabel: string) {
  const { width, height, top } = PANEL;
  const y = (ms: number) => {
    const part = Math.log10(Math.min(20_000, Math.max(3, ms)) / 3) / Math.log10(20_000 / 3);
    return top + height * (1 - part);
  };
  const grid = DECADES.map(
    (ms) =>
      `<path d="M${left} ${y(ms).toFixed(1)}h${width}"/><text x="${left - 6}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end" class="faint">${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}</text>`,
  );
  const frame = [
    `<text x="${left}" y="${top - 14}">${name}</text>`,
    ...grid,
    `<text x="${left + width / 2}" y="${top + height + 36}" text-anchor="middle" class="faint">${xLabel}</text>`,
  ];
  return { y, frame };
}

const curve = (points: [x: number, y: number][], classes: string) =>
  points.length === 0
    ? ''
    : `<path class="curve ${classes}" d="M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}"/>`;

const tickLabel = (x: number, text: string) =>
  `<text x="${x.toFixed(1)}" y="${PANEL.top + PANEL.height + 18}" text-anchor="middle" class="faint">${text}</text>`;

function byRate({ steps, knee }: LoadPicture, left: number): string[] {
  const { y, frame } = panel(left, 'Latency of what was served', 'requests due in a second');
  const most = Math.max(...steps.map(({ perSecond }) => perSecond));
  const x = (perSecond: number) => left + (PANEL.width * perSecond) / most;
  const line = (name: 'p50' | 'p95' | 'p99', classes: string) => {
    const shown = steps.filter((step) => Number.isFinite(step[name]));
    const last = shown.at(-1);
    const label = last
      ? `<text x="${(x(last.perSecond) + 4).toFixed(1)}" y="${(y(last[name]) + 4).toFixed(1)}" class="${classes}">${name}</text>`
      : '';
    return curve(
      shown.map((step) => [x(step.perSecond), y(step[name])]),
      classes,
    ).concat(label);
  };
  return [
    ...frame,
    `<path class="tick dashed" d="M${x(knee).toFixed(1)} ${PANEL.top}v${PANEL.height}"/>`,
    tickLabel(x(knee), `knee ${knee.toFixed(0)}`),
    tickLabel(x(most), most.toFixed(0)),
    line('p50', 'good'),
    line('p95', 'other'),
    line('p99', 'bad'),
  ];
}

function bySecond({ overload, shedding, baseline }: LoadPicture, left: number): string[] {
  const { y, frame } = panel(left, 'Overload: p95 in each second', 'seconds');
  const seconds = Math.max(shedding.length, baseline.length);
  const x = (second: number) => left + (PANEL.width * second) / seconds;
  const line = (run: Figures[], classes: string) =>
    curve(
      run.flatMap(({ p95 }, n): [number, number][] => (Number.isFinite(p95) ? [[x(n + 0.5), y(p95)]] : [])),
      classes,
    );
  const [from, until] = [x(overload.from), x(overload.until)];
  return [
    ...frame,
    `<rect class="band" x="${from.toFixed(1)}" y="${PANEL.top}" width="${(until - from).toFixed(1)}" height="${PANEL.height}"/>`,
    ...[0, overload.from, overload.until, seconds].map((second) => tickLabel(x(second), String(second))),
    line(baseline, 'bad'),
    line(shedding, 'good'),
  ];
}

/** Draw how the system does under load. */
export function plotLoad(title: string, picture: LoadPicture): string {
  const { perSecond } = picture.overload;
  return drawing(800, 340, title, [
    ...byRate(picture, 64),
    ...bySecond(picture, 474),
    `<text x="12" y="328" class="faint">right: shaded, ${perSecond.toFixed(0)} requests a second, twice the knee; green, with load shedding; amber, the same system without</text>`,
  ]);
}
