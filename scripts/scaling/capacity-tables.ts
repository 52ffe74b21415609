import { assumptions } from './assumptions.ts';
import { billOf, piecesOf, totalOf, type Bill, type Design, type Pieces } from './bill.ts';
import { needsOf, strainsOf, type Limit, type Needs } from './capacity.ts';
import { measured } from './measured.ts';
import { prices, type Item } from './prices.ts';

/** The numbers of videos a day that the document looks at. */
export const SCALES = [1000, 100_000, 10_000_000] as const;

const NOW: Design = { directUploads: false, sourceDays: assumptions.sourceDays.value };
const FOR_MANY: Design = { directUploads: true, sourceDays: 1 };

/** A table in Markdown; all columns but the first are numbers when they say so. */
function tableOf(head: string[], rows: string[][], isText: (column: number) => boolean): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, n) => (isText(n) ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** Three digits are all that such figures are worth. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = digits > 0 ? value.toFixed(Math.min(digits, 4)) : Number(value.toPrecision(3)).toFixed(0);
  const [whole = '', part = ''] = rounded.split('.');
  const trimmed = part.replace(/0+$/, '');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (trimmed ? `.${trimmed}` : '');
}

const NEEDS: [keyof Needs, string][] = [
  ['videosPerSecond', 'videos a second'],
  ['processorCores', 'cores of processors'],
  ['processorCoresMean', 'the same, mean of the day'],
  ['processorNodes', 'nodes for them (four cores)'],
  ['gatewayCores', 'cores of gateways'],
  ['gatewayCoresDirect', 'the same, uploads straight to S3'],
  ['videoCores', 'cores of the service `video`'],
  ['databaseCores', 'cores of PostgreSQL'],
  ['databaseWritesMBps', 'MB/s that PostgreSQL writes ahead'],
  ['databaseGBPerMonth', 'GB of rows a month'],
  ['messagesPerSecond', 'messages to RabbitMQ a second'],
  ['storeWritesPerSecond', 'writes to S3 a second'],
  ['ingressGbps', 'Gbit/s of uploads'],
  ['storedTB', 'TB in S3, in the long run'],
  ['egressTBPerMonth', 'TB of downloads a month'],
  ['lettersPerSecond', 'letters a second'],
];

const LAST = '… uploads to S3, sources kept a day';
const heads = SCALES.map((scale) => `${figure(scale)} a day`);

/** What each scale needs. */
export function needsTable(): string {
  const needs = SCALES.map(needsOf);
  const rows = NEEDS.map(([name, what]) => [what, ...needs.map((it) => figure(it[name]))]);
  return tableOf(['in the busiest hour', ...heads], rows, (n) => n === 0);
}

const PIECES: [keyof Pieces, string][] = [
  ['processorNodes', 'nodes for processors (`c7g.xlarge`, spot), at most'],
  ['serviceNodes', 'nodes for services (`m7g.large`)'],
  ['databases', 'databases (`db.m7g.large`, two zones), or larger ones'],
  ['brokers', 'brokers (three `mq.m7g.large` each), or larger ones'],
  ['cells', 'cells, each with a bucket, a broker and a database of its own'],
];

/** How many pieces each scale takes: today's design, and that for many videos. */
export function piecesTable(): string {
  const pieces = [...SCALES.map((scale) => piecesOf(scale, NOW)), piecesOf(SCALES[2], FOR_MANY)];
  const rows = PIECES.map(([name, what]) => [what, ...pieces.map((it) => figure(it[name]))]);
  return tableOf(['how many', ...heads, LAST], rows, (n) => n === 0);
}

/** What breaks at each scale, the worst first, with the answer. */
export function breaksTable(limits: Limit[]): string {
  const rows = SCALES.flatMap((scale) => {
    const broken = strainsOf(needsOf(scale), limits).filter(
      ({ share }) => share > assumptions.headroom.value,
    );
    const shown = broken.map(({ limit, need, share }) => [
      figure(scale),
      `${limit.piece}: ${figure(need)} ${limit.unit}, and it bears ${figure(limit.bears)} (${limit.source})`,
      share > 1 ? `breaks: ${figure(share)} ×` : `strained: ${figure(share)} ×`,
      limit.answer,
    ]);
    return shown.length > 0 ? shown : [[figure(scale), 'nothing', '', 'today’s design']];
  });
  return tableOf(['videos a day', 'what', 'how far', 'answer'], rows, () => true);
}

/** What a month costs at each scale, as it is now and as it must become. */
export function costTable(): string {
  const bills = [...SCALES.map((scale) => billOf(scale, NOW)), billOf(SCALES[2], FOR_MANY)];
  const dollars = (bill: Bill, item: Item) => figure(Math.round(bill[item] ?? 0));
  const rows = (Object.keys(prices) as Item[]).map((item) => [
    item,
    ...bills.map((bill) => dollars(bill, item)),
  ]);
  const perThousand = bills.map((bill, n) => totalOf(bill) / (((SCALES[n] ?? SCALES[2]) * 30) / 1000));
  rows.push(['**together**', ...bills.map((bill) => `**${figure(Math.round(totalOf(bill)))}**`)]);
  rows.push(['for 1,000 videos', ...perThousand.map((it) => figure(it))]);
  return tableOf(['$ a month', ...heads, LAST], rows, (n) => n === 0);
}

/** What was measured. */
export function measuredTable(): string {
  const rows = Object.entries(measured).map(([name, { value, unit, source }]) => [
    `\`${name}\``,
    `${figure(value)} ${unit}`,
    source,
  ]);
  return tableOf(['figure', 'value', 'from'], rows, () => true);
}

/** What is assumed. */
export function assumptionsTable(): string {
  const rows = Object.entries(assumptions).map(([name, { value, what }]) => [
    `\`${name}\``,
    figure(value),
    what,
  ]);
  return tableOf(['assumption', 'value', 'of what'], rows, (n) => n !== 1);
}

/** What things cost, and how far that was looked up. */
export function pricesTable(): string {
  const rows = Object.entries(prices).map(([what, { dollars, per, source }]) => [
    what,
    `$${dollars}`,
    `per ${per}`,
    source,
  ]);
  return tableOf(['what', 'price', '', 'source'], rows, (n) => n !== 1);
}
