import { a, m, perVideo } from './assumptions.ts';
import { BROKER_MESSAGES, DATABASE_CORES, MONTH_DAYS, needsOf, NODE_CORES } from './capacity.ts';
import { prices, type Item } from './prices.ts';

/** What is paid in a month, by item. */
export type Bill = Partial<Record<Item, number>>;

/** How a larger system differs from today's. */
export interface Design {
  directUploads: boolean;
  /** Instead of `SOURCE_DAYS` as it is. */
  sourceDays: number;
}

/** How many there must be of each piece. */
export interface Pieces {
  /** At the busiest hour; spot machines of four cores. */
  processorNodes: number;
  /** For services, gateways, operators and monitoring: machines of two cores. */
  serviceNodes: number;
  databases: number;
  brokers: number;
  /** Whole systems side by side, each with the people of its own. */
  cells: number;
}

/** More videos a day than this, and one system becomes several. */
const CELL_VIDEOS = 200_000;

/** Compute how many pieces so many videos a day need, each no busier than planned. */
export function piecesOf(videosPerDay: number, { directUploads }: Design): Pieces {
  const needs = needsOf(videosPerDay);
  const cells = Math.ceil(videosPerDay / CELL_VIDEOS);
  const planned = (need: number, bears: number) => Math.max(cells, Math.ceil(need / (bears * a('headroom'))));
  const gateways = directUploads ? needs.gatewayCoresDirect : needs.gatewayCores;
  return {
    processorNodes: needs.processorNodes,
    // Three of them carry the monitoring and what else there is in a cluster.
    serviceNodes: 3 * cells + Math.ceil((gateways + needs.videoCores) / (2 * a('headroom'))),
    databases: planned(needs.databaseCores, DATABASE_CORES),
    brokers: planned(needs.messagesPerSecond, BROKER_MESSAGES),
    cells,
  };
}

/** What a month costs, with as many pieces as are needed. */
export function billOf(videosPerDay: number, { directUploads, sourceDays }: Design): Bill {
  const needs = needsOf(videosPerDay);
  const videos = videosPerDay * MONTH_DAYS;
  const hours = MONTH_DAYS * 24;
  const pieces = piecesOf(videosPerDay, { directUploads, sourceDays });
  const sourceGB = (m('sourcePerMinute') * a('minutes')) / 1e9;
  const archiveGB = (m('archivePerMinute') * a('minutes')) / 1e9;
  const amounts: Record<Item, number> = {
    'c7g.xlarge, spot': (needs.processorCoresMean / (NODE_CORES * a('use'))) * hours,
    'm7g.large, on demand': pieces.serviceNodes * hours,
    'EKS control plane': pieces.cells * hours,
    'db.m7g.large, two zones': pieces.databases * hours,
    'database storage, two zones': 100 + needs.databaseGBPerMonth * 12,
    'mq.m7g.large, three brokers': pieces.brokers * hours,
    'S3 storage': videosPerDay * (sourceGB * sourceDays + archiveGB * a('archiveDays')),
    'S3 writes': (videos * perVideo('storeWritesEach', 'storeWritesPerMinute')) / 1000,
    'S3 reads': (videos * perVideo('storeReadsEach', 'storeReadsPerMinute')) / 1000,
    'traffic to the internet': videos * archiveGB * a('downloads'),
    'load balancer': pieces.cells * hours,
    'load balancer, by bytes': videos * (directUploads ? 0 : sourceGB),
    'NAT, three zones': pieces.cells * hours,
    mail: (videos * a('letters')) / 1000,
    'logs, taken in and kept': (videos * a('logKilobytes')) / 1e6,
  };
  return Object.fromEntries(
    Object.entries(amounts).map(([item, amount]) => [item, amount * prices[item as Item].dollars]),
  );
}

/** All of a bill together. */
export const totalOf = (bill: Bill): number => Object.values(bill).reduce((sum, dollars) => sum + dollars, 0);
