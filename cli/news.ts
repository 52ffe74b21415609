import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiProblem, isPassing, type Schemas } from '../client/index.ts';
import { CliError } from './exit-codes.ts';
import type { Context } from './context.ts';

type Video = Schemas['Video'];

/** A video as it is now; null when something was missed, or will be: look for yourself. */
type Hear = (video: Video | null) => void;

/** What the server tells of videos by itself. */
export interface News {
  /** Whether it does. While it doesn't, whoever wants to know has to ask. */
  isLive(): boolean;
  /**
   * Hear of each change of a video.
   * @returns ends it
   */
  follow(id: string, hear: Hear): () => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** One stream of live events for all videos that a command follows, open for as long as it follows any. */
export function createNews(context: Context): News {
  const followers = new Set<{ id: string; hear: Hear }>();
  let listening: AbortController | null = null;
  let isLive = false;
  const stream: Stream = {
    onLive: (live) => {
      isLive = live;
      for (const { hear } of followers) hear(null);
    },
    onVideo: (video) => {
      for (const { id, hear } of followers) if (id === video.id) hear(video);
    },
    onReset: () => {
      for (const { hear } of followers) hear(null);
    },
  };
  const begin = () => {
    const stop = new AbortController();
    void listen(context, stream, stop.signal);
    return stop;
  };
  return {
    isLive: () => isLive,
    follow: (id, hear) => {
      const follower = { id, hear };
      followers.add(follower);
      listening ??= begin();
      return () => {
        followers.delete(follower);
        if (followers.size > 0) return;
        listening?.abort();
        listening = null;
      };
    },
  };
}

interface Stream {
  onLive(isLive: boolean): void;
  onVideo(video: Video): void;
  onReset(): void;
}

/** Listen until told to stop, or refused for good; in between, come back with the id of the last event. */
async function listen(context: Context, stream: Stream, signal: AbortSignal): Promise<void> {
  const position = { lastId: '' };
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await readStream(context, stream, position, signal);
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      // An installation without live events, or a person who may not have them.
      if (error instanceof ApiProblem && !isPassing(error)) return;
    } finally {
      stream.onLive(false);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function readStream(
  { url, ask }: Context,
  stream: Stream,
  position: { lastId: string },
  signal: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = position.lastId === '' ? {} : { 'Last-Event-ID': position.lastId };
  const { body } = await ask(new Request(`${url}/events`, { headers, signal }));
  if (!body) throw new CliError('bad_answer', 'The server has answered with nothing');
  stream.onLive(true);
  // Node's fetch forgets the signal of a request that was copied (to be signed) once the garbage is collected.
  const texts = body.pipeThrough(new TextDecoderStream(), { signal });
  const events = texts.pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of events) {
    if (event === 'video') stream.onVideo(JSON.parse(data) as Video);
    if (event === 'reset') stream.onReset();
    position.lastId = id ?? position.lastId;
  }
}
