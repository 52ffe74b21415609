import { useEffect, useRef } from 'preact/hooks';
import { isLive } from './live.ts';

/**
 * Ask again and again, while changes don't come by themselves and somebody looks at the page.
 * @param isNeeded nothing is asked while this is false
 */
export function usePolling(task: () => Promise<unknown>, isNeeded: boolean, intervalMs = 2000): void {
  useAskingAgain(task, isNeeded && !isLive.value, intervalMs);
}

/** The same for what no live event tells of. */
export function useAskingAgain(task: () => Promise<unknown>, polls: boolean, intervalMs = 2000): void {
  const latest = useRef(task);
  latest.current = task;
  useEffect(() => {
    if (!polls) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const wait = () => {
      if (!isOver) timer = setTimeout(() => void ask(), intervalMs);
    };
    const ask = async () => {
      if (!document.hidden) await latest.current().catch(() => undefined);
      wait();
    };
    wait();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [polls, intervalMs]);
}
