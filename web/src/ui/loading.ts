import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { isAbort } from '../api/problem.ts';

/** Something that the server keeps, on its way here. */
export interface Loaded<Value> {
  /** Null until it has arrived. */
  value: Value | null;
  problem: unknown;
  /** Ask again; what is shown stays until the answer is here. */
  reload: () => Promise<void>;
  /** Show this instead: the server has just told it. */
  put: (value: Value) => void;
}

/**
 * Load something, as long as it is shown.
 * @param load asks for it; what it asks for is another thing only when it is another function
 */
export function useLoad<Value>(load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const gone = useRef(new AbortController());
  const reload = useCallback(async () => {
    setProblem(null);
    try {
      setValue(await load(gone.current.signal));
    } catch (error) {
      if (!isAbort(error)) setProblem(error);
    }
  }, [load]);
  useEffect(() => {
    gone.current = new AbortController();
    void reload();
    return () => gone.current.abort();
  }, [reload]);
  return { value, problem, reload, put: setValue };
}

/** A list that is loaded page by page. */
export interface Pages<Item> {
  /** Null until the first page has arrived. */
  items: Item[] | null;
  hasMore: boolean;
  busy: boolean;
  problem: unknown;
  loadMore: () => Promise<void>;
  /** Begin again with the first page. */
  reload: () => Promise<void>;
}

/**
 * Load a list with a cursor, the first page at once.
 * @param pageAt asks for the page at a cursor, or for the first; another function asks for another list
 */
export function usePages<Item>(
  pageAt: (cursor: string | null) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Pages<Item> {
  const [items, setItems] = useState<Item[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const load = useCallback(
    async (after: string | null) => {
      setBusy(true);
      setProblem(null);
      try {
        const page = await pageAt(after);
        setItems((before) => (after === null ? page.items : [...(before ?? []), ...page.items]));
        setCursor(page.nextCursor);
      } catch (error) {
        setProblem(error);
      } finally {
        setBusy(false);
      }
    },
    [pageAt],
  );
  useEffect(() => void load(null), [load]);
  return {
    items,
    hasMore: cursor !== null,
    busy,
    problem,
    loadMore: () => load(cursor),
    reload: () => load(null),
  };
}

/** Something to be done by a button. */
export interface Task {
  busy: boolean;
  problem: unknown;
  run: () => Promise<void>;
}

/** Do something once at a time, and keep what went wrong. */
export function useTask(work: () => Promise<unknown>): Task {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const run = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
