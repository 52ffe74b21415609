import { a, m, perVideo } from './assumptions.ts';

const DAY = 86_400;
/** A month, for rates and bills. */
export const MONTH_DAYS = 30;

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

export const NODE_CORES = 4;
export const DATABASE_CORES = 2;
/** Not measured: what three brokers of two cores may bear. */
export const BROKER_MESSAGES = 5000;
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
