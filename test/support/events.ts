import { eventually } from './eventually.ts';

export interface LiveEvent {
  name: string;
  json: Record<string, unknown>;
  /** When it arrived, in milliseconds since the epoch. */
  at: number;
}

/** A client of live events, as a page is one. */
export interface Listener {
  status: number;
  headers: Headers;
  events: LiveEvent[];
  comments: number;
  /** What to come back with. */
  lastEventId: string;
  /** The last `retry` that the server asked for, in milliseconds. */
  retryMs: number;
  /** Whether the stream has come to its end in order. */
  ended: boolean;
  /** Wait for an event. */
  next(what: string, fits: (event: LiveEvent) => boolean): Promise<LiveEvent>;
  /** Cut the connection. */
  cut(): void;
}

/**
 * Listen to live events until the server ends the stream, or the test cuts it.
 * @throws Error when there is no stream
 */
export async function listen(url: string, token: string, lastEventId?: string): Promise<Listener> {
  const cutting = new AbortController();
  const response = await fetch(`${url}/events`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: cutting.signal,
  });
  if (!response.ok || !response.body) throw new Error(`No stream but ${response.status}`);
  const listener: Listener = {
    status: response.status,
    headers: response.headers,
    events: [],
    comments: 0,
    lastEventId: lastEventId ?? '',
    retryMs: 0,
    ended: false,
    next: (what, fits) => eventually(() => listener.events.find(fits), what, 30_000),
    cut: () => cutting.abort(),
  };
  void read(response.body, listener).catch(() => undefined);
  return listener;
}

async function read(body: ReadableStream<Uint8Array>, listener: Listener): Promise<void> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) take(block, listener);
  }
  listener.ended = true;
}

function take(block: string, listener: Listener): void {
  const fields = new Map(
    block.split('\n').map((line) => [/^[^:]*/.exec(line)?.[0], line.slice(line.indexOf(':') + 1).trim()]),
  );
  if (fields.has('')) listener.comments += 1;
  listener.lastEventId = fields.get('id') ?? listener.lastEventId;
  listener.retryMs = Number(fields.get('retry') ?? listener.retryMs);
  const content = fields.get('data');
  if (content === undefined) return;
  const json = JSON.parse(content) as Record<string, unknown>;
  listener.events.push({ name: fields.get('event') ?? 'message', json, at: Date.now() });
}
