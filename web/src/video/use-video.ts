import { useCallback, useEffect, useState } from 'preact/hooks';
import type { VideoJson } from '../../../lib/contracts.ts';
import { getJson } from '../api/client.ts';
import { hasCode, isAbort } from '../api/problem.ts';
import { onLive } from '../live/live.ts';
import { usePolling } from '../live/poll.ts';
import { isUnfinished } from '../videos/status.ts';

interface WatchedVideo {
  video: VideoJson | null;
  /** It is not there, or no longer. */
  isGone: boolean;
  problem: unknown;
  load: () => Promise<void>;
  /** Take over what the server has answered. */
  take: (video: VideoJson) => void;
}

/** A video, kept up to date. */
export function useVideo(id: string): WatchedVideo {
  const [video, setVideo] = useState<VideoJson | null>(null);
  const [isGone, setGone] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const load = useCallback(async () => {
    try {
      setVideo(await getJson<VideoJson>(`/video/${encodeURIComponent(id)}`));
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
