// Loaded into a gateway by `--import`: appends its event-loop delay and memory to the file LOOP_PROBE, twice a second.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** One reading; times in milliseconds, the loop's since the last one. */
export interface Reading {
  at: number;
  loopP99: number;
  rssMB: number;
}

const RESOLUTION_MS = 10;
const { LOOP_PROBE: file, PORT: port } = process.env;
// Of a cluster, only gateways have a port.
if (file !== undefined && port !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  setInterval(() => {
    const loopP99 = Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS);
    const reading: Reading = { at: Date.now(), loopP99, rssMB: process.memoryUsage.rss() / 1e6 };
    delays.reset();
    appendFileSync(file, `${JSON.stringify(reading)}\n`);
  }, 500).unref();
}
