import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How much this process holds on to, in bytes: what the next collection would free on a busy machine is not counted. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Watch how much more is held than at the beginning.
 * @param each only every so many samples are taken: collecting takes its time
 * @returns takes a sample, and gives the most that was seen
 */
export function watchHeldBytes(each: number): () => number {
  const before = heldBytes();
  let asked = 0;
  let peak = 0;
  return () => {
    if (asked++ % each === 0) peak = Math.max(peak, heldBytes() - before);
    return peak;
  };
}
