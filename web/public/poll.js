/**
 * Repeat a task while it is needed and somebody looks at the page.
 * @param {{ task: () => Promise<void>, isNeeded: () => boolean, intervalMs: number }} options
 */
export function startPolling({ task, isNeeded, intervalMs }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let running = false;

  const schedule = () => {
    clearTimeout(timer);
    if (!running && isNeeded() && !document.hidden) timer = setTimeout(run, intervalMs);
  };

  const run = async () => {
    running = true;
    await task().finally(() => (running = false));
    schedule();
  };

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && !running && isNeeded()) void run();
  });

  return {
    /** Call this when the task may have become needed. */
    wake: schedule,
  };
}
