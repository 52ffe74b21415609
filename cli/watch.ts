import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, dataOf, Unreachable, type Schemas } from '../client/index.ts';
import type { Context } from './context.ts';

type Video = Schemas['Video'];

const LOOK_MS = 1000;
/** For so long nobody need answer before watching is given up. */
const PATIENCE_MS = 120_000;

const isRunning = ({ status }: Video) => status === 'queued' || status === 'processing';

/** Whether asking again may help. */
const isPassing = (error: unknown): error is Error =>
  error instanceof Unreachable ||
  (error instanceof ApiProblem && (error.status === 429 || error.status >= 500));

/**
 * Follow a video until nothing more happens to it.
 * @param onChange hears of each change of status or progress
 * @returns the video as it is at the end: completed, failed, canceled or expired
 */
export async function watchVideo(
  { api }: Context,
  id: string,
  onChange: (video: Video) => void,
  patienceMs = PATIENCE_MS,
): Promise<Video> {
  let heard = Date.now();
  for (let last = ''; ;) {
    let pauseMs = LOOK_MS;
    try {
      const video = await dataOf(api.GET('/video/{id}', { params: { path: { id } } }));
      heard = Date.now();
      const state = `${video.status} ${video.progress}`;
      if (state !== last) onChange(video);
      last = state;
      if (!isRunning(video)) return video;
    } catch (error) {
      if (!isPassing(error) || Date.now() - heard > patienceMs) throw error;
      if (error instanceof ApiProblem) pauseMs = Math.max(pauseMs, (error.retryAfter ?? 0) * 1000);
    }
    await sleep(pauseMs);
  }
}
