import { ApiProblem, dataOf, isPassing, type Schemas } from '../client/index.ts';
import type { Context } from './context.ts';
import type { News } from './news.ts';

type Video = Schemas['Video'];

const LOOK_MS = 1000;
/** Where changes come by themselves, a look now and then is for connections that broke without a sign. */
const QUIET_MS = 10_000;
/** For so long nobody need answer before watching is given up. */
const PATIENCE_MS = 120_000;

const isRunning = ({ status }: Video) => status === 'queued' || status === 'processing';

/**
 * Follow a video until nothing more happens to it: by live events, or by asking where there are none.
 * @param onChange hears of each change of status or progress
 * @returns the video as it is at the end: completed, failed, canceled or expired
 */
export async function watchVideo(
  { api }: Context,
  news: News,
  id: string,
  onChange: (video: Video) => void,
): Promise<Video> {
  const inbox = openInbox(news, id);
  try {
    let heard = Date.now();
    for (let last = '', next: Video | null = null; ;) {
      let pauseMs = LOOK_MS;
      try {
        const video: Video = next ?? (await dataOf(api.GET('/video/{id}', { params: { path: { id } } })));
        heard = Date.now();
        const state = `${video.status} ${video.progress}`;
        if (state !== last) onChange(video);
        last = state;
        if (!isRunning(video)) return video;
        if (news.isLive()) pauseMs = QUIET_MS;
      } catch (error) {
        if (!isPassing(error) || Date.now() - heard > PATIENCE_MS) throw error;
        if (error instanceof ApiProblem) pauseMs = Math.max(pauseMs, (error.retryAfter ?? 0) * 1000);
      }
      next = await inbox.next(pauseMs);
    }
  } finally {
    inbox.close();
  }
}

/** Keeps the last news of a video for whoever is busy. */
function openInbox(news: News, id: string) {
  let latest: Video | null = null;
  let isDue = false;
  let wake: () => void = () => undefined;
  const close = news.follow(id, (video) => {
    [latest, isDue] = [video, true];
    wake();
  });
  return {
    close,
    /** @returns the video as it was told; null to look for oneself: after a while, or because something was missed */
    next: async (withinMs: number): Promise<Video | null> => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (isDue) wake();
      });
      const told = latest;
      [latest, isDue] = [null, false];
      return told;
    },
  };
}
