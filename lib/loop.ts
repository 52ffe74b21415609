import type { Logger } from './logger.ts';
import { outsideRequests } from './logging/request.ts';

/** A running loop: `kick` runs its task at once (or once more after the current run), `stop` waits for that run. */
export interface Loop {
  kick(): void;
  stop(): Promise<void>;
}

/**
 * Run a task again and again, never twice at once. An error is logged and the task runs again at the next turn: the
 * task's work must be kept in a database, not in the loop.
 * @param name for the log
 * @param intervalMs pause between the end of one run and the start of the next
 * @param task gets a signal that is aborted by `stop`
 * @param logger where errors go
 * @returns the loop, already running
 */
export function startLoop(
  name: string,
  intervalMs: number,
  task: (signal: AbortSignal) => Promise<unknown>,
  logger: Logger,
): Loop {
  const stopping = new AbortController();
  const stopped = () => stopping.signal.aborted;
  let kicked = false;
  let wake: () => void = () => undefined;

  const pause = () =>
    new Promise<void>((resolve) => {
      if (kicked || stopped()) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, intervalMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async () => {
    while (!stopped()) {
      kicked = false;
      try {
        await task(stopping.signal);
      } catch (error) {
        if (!stopped()) logger.error(`${name} failed`, error);
      }
      await pause();
    }
  };

  const running = outsideRequests(run);
  return {
    kick: () => {
      kicked = true;
      wake();
    },
    stop: async () => {
      stopping.abort();
      wake();
      await running;
    },
  };
}
