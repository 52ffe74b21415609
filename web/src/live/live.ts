import { effect, signal } from '@preact/signals';
import { ApiProblem } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import type { Notification, Video } from '../api/schemas.ts';
import { isLoggedIn } from '../api/session.ts';
import { isOnline } from '../shell/online.ts';
import { createEventReader, type ServerEvent } from './event-reader.ts';

/** What the server tells by itself. `reset`: something was missed, load all again. */
export interface LiveEvents {
  video: Video;
  video_removed: { id: string };
  notification: Notification;
  reset: unknown;
}

type Kind = keyof LiveEvents;
type Listener = (data: unknown) => void;

const listeners = new Map<string, Set<Listener>>();
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Heartbeats come more often; a stream that is silent for so long is broken. */
const SILENCE_MS = 45_000;

/** Whether changes come by themselves. While they don't, whoever shows something asks now and then. */
export const isLive = signal(false);

/**
 * Hear of what happens to the person's things.
 * @returns a function that ends it
 */
export function onLive<Name extends Kind>(
  kind: Name,
  listener: (data: LiveEvents[Name]) => void,
): () => void {
  const set = listeners.get(kind) ?? new Set();
  listeners.set(kind, set.add(listener as Listener));
  return () => void set.delete(listener as Listener);
}

function tell(kind: string, data: unknown): void {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

/** Listen for as long as somebody is logged in, whatever breaks in between. */
export function startLive(): void {
  effect(() => {
    if (!isLoggedIn.value || !isOnline.value) return undefined;
    const stop = new AbortController();
    void listen(stop.signal);
    return () => stop.abort();
  });
}

async function listen(signal: AbortSignal): Promise<void> {
  const position: Position = { lastId: null, wasOpen: false };
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const outcome = await readStream(signal, position).catch((error: unknown) => error);
    isLive.value = false;
    // A stream that has worked deserves to be opened again at once.
    if (outcome === 'worked') pause = FIRST_PAUSE_MS;
    if (outcome instanceof ApiProblem && outcome.status === 404) pause = LONGEST_PAUSE_MS;
    if (outcome instanceof ApiProblem) pause = Math.max(pause, (outcome.retryAfter ?? 0) * 1000);
    await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
  }
}

interface Position {
  lastId: string | null;
  wasOpen: boolean;
}

async function readStream(signal: AbortSignal, position: Position): Promise<'worked' | 'empty'> {
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const stream = await asPerson.GET('/events', {
    params: { header: given({ 'Last-Event-ID': position.lastId }) },
    headers: { Accept: 'text/event-stream' },
    parseAs: 'stream',
    signal: either,
  });
  if (!stream.data) return 'empty';
  isLive.value = true;
  // Without an id to go on from, nobody knows what was missed.
  if (position.wasOpen && position.lastId === null) tell('reset', {});
  position.wasOpen = true;
  const readEvents = createEventReader((id) => (position.lastId = id));
  let silence = setTimeout(() => giveUp.abort(), SILENCE_MS);
  let worked = false;
  const pieces = stream.data.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      clearTimeout(silence);
      silence = setTimeout(() => giveUp.abort(), SILENCE_MS);
      worked = true;
      for (const event of readEvents(piece.value)) pass(event);
    }
  } finally {
    clearTimeout(silence);
  }
  return worked ? 'worked' : 'empty';
}

function pass({ type, data }: ServerEvent): void {
  try {
    tell(type, JSON.parse(data) as unknown);
  } catch {
    // An event of a later version; what it is about is seen at the next load.
  }
}
