import { measured } from './measured.ts';
import { prices, type Item } from './prices.ts';

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
const a = (name: keyof typeof assumptions) => of(assumptions, name);
const m = (name: keyof typeof measured) => of(measured, name);

/** What a video costs: so much for itself, so much for each of its minutes. */
const perVideo = (each: keyof typeof measured, perMinute: keyof typeof measured) =>
  m(each) + m(perMinute) * a('minutes');

const DAY = 86_400;
const MONTH_DAYS = 30;

/** What a number of videos a day needs; rates are those of the busiest hour unless the name says otherwise. */
export interface Needs {
  videosPerSecond: number;
  /** Cores, averaged over the day and in the busiest hour. */
  processorCoresMean: number;
  processorCores: number;
  processorNodes: number;
  /** Cores of gateways when every byte goes through them, and when uploads go straight to S3. */
  gatewayCores: number;
  gatewayCoresDirect: number;
  videoCores: number;
  databaseCores: number;
  databaseWritesMBps: number;
  databaseGBPerMonth: number;
  messagesPerSecond: number;
  storeWritesPerSecond: number;
  ingressGbps: number;
  storedTB: number;
  egressTBPerMonth: number;
  lettersPerSecond: number;
}

/** Compute what so many videos a day need. */
export function needsOf(videosPerDay: number): Needs {
  const mean = videosPerDay / DAY;
  const busy = mean * a('peak');
  const sourceBytes = m('sourcePerMinute') * a('minutes');
  const archiveBytes = m('archivePerMinute') * a('minutes');
  const requestCpu = m('requestsPerUpload') * m('gatewayPerRequest');
  const processorCores = busy * perVideo('processorEach', 'processorPerMinute');
  return {
    videosPerSecond: busy,
    processorCoresMean: processorCores / a('peak'),
    processorCores,
    processorNodes: nodesFor(processorCores),
    gatewayCores: busy * (requestCpu + perVideo('gatewayEach', 'gatewayPerMinute')),
    gatewayCoresDirect: busy * requestCpu,
    videoCores: busy * perVideo('videoEach', 'videoPerMinute'),
    databaseCores: busy * perVideo('databaseEach', 'databasePerMinute'),
    databaseWritesMBps: (busy * perVideo('walEach', 'walPerMinute')) / 1e6,
    databaseGBPerMonth: (videosPerDay * MONTH_DAYS * perVideo('rowsEach', 'rowsPerMinute')) / 1e9,
    messagesPerSecond: busy * perVideo('messagesEach', 'messagesPerMinute'),
    storeWritesPerSecond: busy * perVideo('storeWritesEach', 'storeWritesPerMinute'),
    ingressGbps: (busy * sourceBytes * 8) / 1e9,
    storedTB: (videosPerDay * (sourceBytes * a('sourceDays') + archiveBytes * a('archiveDays'))) / 1e12,
    egressTBPerMonth: (videosPerDay * MONTH_DAYS * archiveBytes * a('downloads')) / 1e12,
    lettersPerSecond: busy * a('letters'),
  };
}

const NODE_CORES = 4;
const DATABASE_CORES = 2;
/** Not measured: what three brokers of two cores may bear. */
const BROKER_MESSAGES = 5000;
const nodesFor = (cores: number) => Math.ceil(cores / (NODE_CORES * a('use')));

/** A piece of the system that can bear so much as it is, and what is done when that is not enough. */
export interface Limit {
  piece: string;
  need: (needs: Needs) => number;
  bears: number;
  unit: string;
  /** Where the number is from. */
  source: string;
  answer: string;
}

/** What the pieces bear as they are set up now. */
export interface Setup {
  maxProcessorNodes: number;
  maxProcessorPods: number;
  podCores: number;
  maxGateways: number;
  videoReplicas: number;
  databaseGB: number;
}

/** What each piece bears as it is, in the order of the way of a video. */
export function limitsOf(setup: Setup): Limit[] {
  return [
    {
      piece: 'gateways',
      ...{ need: (it) => it.gatewayCores, bears: setup.maxGateways, unit: 'cores' },
      source: 'k8s/components/hpa, one core each',
      answer: 'uploads straight to S3 (`POST /video/direct`): then gateways carry JSON only',
    },
    {
      piece: 'processors',
      need: (it) => it.processorCores,
      bears: Math.min(
        setup.maxProcessorNodes * NODE_CORES * a('use'),
        setup.maxProcessorPods * setup.podCores,
      ),
      ...{ unit: 'cores', source: 'infra/environments.ts, k8s/components/keda' },
      answer: 'larger and more node groups over more types of machine, then a cluster for each cell',
    },
    {
      piece: 'service video',
      ...{ need: (it) => it.videoCores, bears: setup.videoReplicas, unit: 'cores' },
      source: 'k8s/base/video, one core each',
      answer: 'more replicas (they share requests, outbox and sweep), then cells',
    },
    {
      piece: 'database, computing',
      ...{
        need: (it) => it.databaseCores,
        bears: DATABASE_CORES,
        unit: 'cores',
        source: 'db.m7g.large has two',
      },
      answer:
        'a larger class (64 cores at most), replicas for lists; then a database for each cell, people by their id',
    },
    {
      piece: 'database, growth in a year',
      ...{ need: (it) => it.databaseGBPerMonth * 12, bears: setup.databaseGB, unit: 'GB' },
      source: 'infra/environments.ts',
      answer: 'more storage; partitions by month for extractions and events, old ones dropped',
    },
    {
      piece: 'broker',
      ...{ need: (it) => it.messagesPerSecond, bears: BROKER_MESSAGES, unit: 'messages/s' },
      source: 'assumed for three mq.m7g.large; measure before relying on it',
      answer: 'a larger broker; then the work queue and the requests apart, then a broker for each cell',
    },
    {
      piece: 'object store, writes',
      ...{ need: (it) => it.storeWritesPerSecond, bears: 3500, unit: 'requests/s' },
      source: 'what S3 promises for one prefix',
      answer: 'nothing at first (keys are random, S3 splits prefixes); then a bucket for each cell',
    },
    {
      piece: 'mail',
      ...{ need: (it) => it.lettersPerSecond, bears: 14, unit: 'letters/s' },
      source: 'the usual first quota of SES in production',
      answer: 'ask for a higher quota, or send a summary instead of a letter for each video',
    },
  ];
}

/** How much of what a piece bears is used; above 1 it breaks. */
export interface Strain {
  limit: Limit;
  need: number;
  share: number;
}

/** What is strained most comes first. */
export const strainsOf = (needs: Needs, limits: Limit[]): Strain[] =>
  limits
    .map((limit) => ({ limit, need: limit.need(needs), share: limit.need(needs) / limit.bears }))
    .sort((left, right) => right.share - left.share);

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
