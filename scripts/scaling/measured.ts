/** A figure that was measured, with where. */
export interface Measured {
  value: number;
  unit: string;
  source: string;
}

const COST = 'docs/performance.md, what a video costs';

/**
 * What models count with. A phone's video: 1080p H.264 with 13 Mbit/s, one frame each second as JPEG; on two cores of an
 * x86-64 server that were not idle.
 */
export const measured = {
  processorEach: { value: 1.0, unit: 'CPU s for each video', source: COST },
  processorPerMinute: { value: 9.5, unit: 'CPU s for each minute of video', source: COST },
  gatewayEach: { value: 0.08, unit: 'CPU s for each video', source: COST },
  gatewayPerMinute: { value: 0.97, unit: 'CPU s for each minute of video', source: COST },
  gatewayPerRequest: { value: 0.002, unit: 'CPU s', source: 'docs/performance.md: 500 lists a second' },
  requestsPerUpload: {
    value: 100,
    unit: 'requests',
    source: 'docs/performance.md: the mix of the load test',
  },
} as const satisfies Record<string, Measured>;
