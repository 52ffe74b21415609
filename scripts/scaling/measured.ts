/** A figure that was measured, with where. */
export interface Measured {
  value: number;
  unit: string;
  source: string;
}

const COST = '`npm run bench:video-cost`';

/**
 * What models count with. A phone's video: 1080p H.264 with 13 Mbit/s, one frame each second as JPEG; on two cores of an
 * x86-64 server that were not idle (docs/performance.md has the run).
 */
export const measured = {
  processorEach: { value: 1.1, unit: 'CPU s', source: COST },
  processorPerMinute: { value: 9.5, unit: 'CPU s', source: COST },
  gatewayEach: { value: 0.07, unit: 'CPU s', source: COST },
  gatewayPerMinute: { value: 0.96, unit: 'CPU s', source: COST },
  videoEach: { value: 0.09, unit: 'CPU s', source: COST },
  videoPerMinute: { value: 0.14, unit: 'CPU s', source: COST },
  databaseEach: { value: 0.01, unit: 'CPU s', source: COST },
  databasePerMinute: { value: 0.06, unit: 'CPU s', source: COST },
  messagesEach: { value: 37, unit: 'messages', source: COST },
  messagesPerMinute: { value: 58, unit: 'messages', source: COST },
  walEach: { value: 43_000, unit: 'bytes', source: COST },
  walPerMinute: { value: 42_000, unit: 'bytes', source: COST },
  rowsEach: { value: 36_000, unit: 'bytes', source: COST },
  rowsPerMinute: { value: 18_000, unit: 'bytes', source: COST },
  storeWritesEach: { value: 6, unit: 'requests', source: COST },
  storeWritesPerMinute: { value: 18, unit: 'requests', source: COST },
  storeReadsEach: { value: 6, unit: 'requests', source: COST },
  storeReadsPerMinute: { value: 6, unit: 'requests', source: COST },
  sourcePerMinute: { value: 94_400_000, unit: 'bytes', source: COST },
  archivePerMinute: { value: 4_980_000, unit: 'bytes', source: COST },
  gatewayPerRequest: { value: 0.002, unit: 'CPU s', source: 'docs/performance.md: 500 lists a second' },
  requestsPerUpload: {
    value: 100,
    unit: 'requests',
    source: 'docs/performance.md: the mix of the load test',
  },
} as const satisfies Record<string, Measured>;
