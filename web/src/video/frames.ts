import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Frame } from '../api/schemas.ts';

/** The frames of an extraction, loaded page by page as they are looked at. */
export interface FrameList {
  total: number;
  /** Why they could not be loaded. */
  problem: unknown;
  /** Load them once more. */
  retry: () => void;
  /** The n-th frame, from 0; undefined while it is not loaded. */
  at: (position: number) => Frame | undefined;
  /** Load what stands between two positions. */
  want: (from: number, to: number) => void;
}

const PAGE = 200;

/**
 * @param version changes when there may be more frames than before
 */
export function useFrames(videoId: string, extractionId: string, version: string): FrameList {
  const pages = useRef(new Map<number, Frame[]>());
  const asked = useRef(new Set<number>());
  const [total, setTotal] = useState(0);
  const [problem, setProblem] = useState<unknown>(null);
  const [, redraw] = useState(0);

  const load = useCallback(
    async (page: number) => {
      asked.current.add(page);
      const query = { extraction: extractionId, limit: PAGE, cursor: page * PAGE };
      const params = { path: { id: videoId }, query };
      setProblem(null);
      const found = await dataOf(asPerson.GET('/video/{id}/frames', { params })).catch((error: unknown) => {
        setProblem(error);
        return null;
      });
      if (!found || found.items.length < PAGE) asked.current.delete(page);
      if (!found) return;
      pages.current.set(page, found.items);
      setTotal(found.total);
      redraw((count) => count + 1);
    },
    [videoId, extractionId],
  );

  useEffect(() => {
    pages.current.clear();
    asked.current.clear();
    setTotal(0);
  }, [videoId, extractionId]);

  // What is new stands behind what is known.
  useEffect(() => {
    const last = Math.max(0, ...pages.current.keys());
    void load(last);
  }, [load, version]);

  const want = useCallback(
    (from: number, to: number) => {
      for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page += 1) {
        if (!pages.current.has(page) && !asked.current.has(page)) void load(page);
      }
    },
    [load],
  );

  const at = (position: number) => pages.current.get(Math.floor(position / PAGE))?.[position % PAGE];
  return { total, problem, retry: () => void load(0), at, want };
}
