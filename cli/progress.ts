import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { bytes, plain, type Output } from './output.ts';

/** How far one piece of work is. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** What is on its way: what scripts read of it beside `done` and `total`. */
interface Transfer {
  event: 'upload' | 'download';
  file: string;
}

/** Without a terminal a line for each of these parts will do. */
const STEP_PERCENT = 25;

/**
 * Show how far a transfer is: a bar with speed and time left on a terminal, a few lines elsewhere, for scripts an
 * object for each percent.
 * @param total bytes
 */
export function showTransfer(output: Output, transfer: Transfer, total: number): Progress {
  if (output.json) {
    return steps(total, 1, (_percent, done) => output.event({ ...transfer, done, total }));
  }
  const label = basename(transfer.file);
  if (process.stderr.isTTY) return bar(label, total);
  return steps(total, STEP_PERCENT, (percent) => output.note(`${label}: ${percent} % of ${bytes(total)}`));
}

function bar(label: string, total: number): Progress {
  const shown = new SingleBar({
    format: `${plain(label)} {bar} {percentage}% {sent} {speed}/s, {eta_formatted} left`,
    // What stays is said by lines of text.
    clearOnComplete: true,
    hideCursor: true,
  });
  const start = Date.now();
  let first: number | null = null;
  const stop = () => shown.stop();
  shown.start(total, 0, { sent: bytes(0), speed: bytes(0) });
  // Whoever interrupts wants their cursor back.
  process.once('exit', stop);
  return {
    update: (done) => {
      // What was there already says nothing about the speed.
      first ??= done;
      const speed = ((done - first) * 1000) / Math.max(1, Date.now() - start);
      shown.update(done, { sent: bytes(done), speed: bytes(speed) });
    },
    stop: () => {
      process.off('exit', stop);
      stop();
    },
  };
}

/** Tell of each step once, however often there is something new. */
function steps(total: number, size: number, tell: (percent: number, done: number) => void): Progress {
  let told = -1;
  return {
    update: (done) => {
      const step = Math.floor((total === 0 ? 100 : (done / total) * 100) / size);
      if (step <= told) return;
      told = step;
      tell(step * size, done);
    },
    stop: () => undefined,
  };
}
