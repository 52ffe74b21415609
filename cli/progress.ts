import { SingleBar } from 'cli-progress';
import { bytes, plain, type Output } from './output.ts';

/** How far one piece of work is. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** Without a terminal a line for each of these parts will do. */
const STEP_PERCENT = 25;

/**
 * Show how far a transfer is: a bar with speed and time left on a terminal, a few lines elsewhere, nothing for scripts.
 * @param total bytes
 */
export function showTransfer(output: Output, label: string, total: number): Progress {
  if (output.json) return { update: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? bar(label, total) : lines(output, label, total);
}

function bar(label: string, total: number): Progress {
  const shown = new SingleBar({
    format: `${plain(label)} {bar} {percentage}% {sent} {speed}/s, {eta_formatted} left`,
    clearOnComplete: false,
    hideCursor: true,
  });
  const start = Date.now();
  let first: number | null = null;
  shown.start(total, 0, { sent: bytes(0), speed: bytes(0) });
  return {
    update: (done) => {
      // What was there already says nothing about the speed.
      first ??= done;
      const speed = ((done - first) * 1000) / Math.max(1, Date.now() - start);
      shown.update(done, { sent: bytes(done), speed: bytes(speed) });
    },
    stop: () => shown.stop(),
  };
}

function lines(output: Output, label: string, total: number): Progress {
  let told = -1;
  return {
    update: (done) => {
      const step = Math.floor((total === 0 ? 100 : (done / total) * 100) / STEP_PERCENT);
      if (step <= told) return;
      told = step;
      output.note(`${label}: ${step * STEP_PERCENT} % of ${bytes(total)}`);
    },
    stop: () => undefined,
  };
}
