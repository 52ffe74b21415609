import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Pressure } from './load.ts';

const RESOLUTION_MS = 10;

/**
 * Measure how this process is, until stopped.
 * @param intervalMs between two readings
 * @param tell gets each reading
 */
export function watchPressure(intervalMs: number, tell: (pressure: Pressure) => void): { stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const timer = setInterval(() => {
    // A reading is the time between two beats of a timer, in nanoseconds.
    const loopDelayMs = delays.count === 0 ? 0 : Math.max(0, delays.percentile(50) / 1e6 - RESOLUTION_MS);
    delays.reset();
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    tell({ loopDelayMs, heap: used / limit });
  }, intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
