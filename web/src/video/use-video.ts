import { useCallback, useEffect, useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { hasCode, isAbort } from '../api/problem.ts';
import type { Video } from '../api/schemas.ts';
import { onLive } from '../live/live.ts';
import { usePolling } from '../live/poll.ts';
import { isUnfinished } from '../videos/status.ts';

interface WatchedVideo {
  video: Video | null;
  /** It is not there, or no longer. */
  isGone: boolean;
  problem: unknown;
  load: () => Promise<void>;
  /** Take over what the server has answered. */
  take: (video: Video) => void;
}

/** A video, kept up to date. */
export function useVideo(id: string): WatchedVideo {
  const [video, setVideo] = useState<Video | null>(null);
  const [isGone, setGone] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const load = useCallback(async () => {
    try {
      setVideo(await dataOf(asPerson.GET('/video/{id}', { params: { path: { id } } })));
      setProblem(null);
    } catch (error) {
      if (hasCode(error, 'not_found', 'validation_failed')) setGone(true);
      else if (!isAbort(error)) setProblem(error);
    }
  }, [id]);

  useEffect(() => {
    void load();
    const ends = [
      onLive('video', (it) => it.id === id && setVideo(it)),
      onLive('video_removed', (it) => it.id === id && setGone(true)),
      onLive('reset', () => void load()),
    ];
    return () => ends.forEach((end) => end());
  }, [id, load]);
  usePolling(load, video !== null && isUnfinished(video), 1500);

  return { video, isGone, problem, load, take: setVideo };
}
