import type { ServerResponse } from 'node:http';
import type { Told } from './source.ts';

/** The longest pause before a client comes back. */
const RETRY_MS = 2000;
/** Written at once, then the socket is asked whether it takes more. */
const CHUNK = 64 * 1024;
/** Waiting for more than this is no better than loading everything again. */
const PENDING_LIMIT = 500;
/** A client that doesn't take the end in this time is cut off. */
const ENDING_MS = 5000;
const RESET_PATIENCE_MS = 1000;

/** How far a stream is with one source. */
interface Standing {
  /** `new`: there is no cursor to go on from. `behind`: what came after `reached` has not been asked for yet. */
  stage: 'new' | 'behind' | 'current';
  /** The client has everything up to this cursor. */
  reached: string;
  /** What has changed since, and was not told yet. */
  pending: Set<string>;
}

/**
 * One client's stream. It holds no content, only what is to be told: what a slow client gets at last is how things are
 * then.
 */
export interface Stream {
  readonly personId: string;
  standings: Standing[];
  /** The client must load everything again. */
  resetDue: boolean;
  /** Since when the client takes nothing; null while it does. Milliseconds, as all times here. */
  blockedSince: number | null;
  writtenAt: number;
  checkedAt: number;
}

interface StreamOptions {
  personId: string;
  res: ServerResponse;
  /** The id of the last event that the client has. */
  lastEventId: string;
  sources: number;
  clock: () => number;
  onDrain: () => void;
}

const SEPARATOR = '~';

/** Begin the answer. What comes from {@link EventStream} is written to it. */
export function openStream(options: StreamOptions) {
  const { res, clock, sources, personId, onDrain } = options;
  const cursors = options.lastEventId.split(SEPARATOR);
  const stream: Stream = {
    personId,
    standings: Array.from({ length: sources }, (_, n) => {
      const reached = cursors[n] ?? '';
      return { stage: reached === '' ? 'new' : 'behind', reached, pending: new Set<string>() };
    }),
    resetDue: false,
    blockedSince: null,
    writtenAt: clock(),
    checkedAt: clock(),
  };

  const openedAt = clock();

  const write = (text: string) => {
    if (res.writableEnded || res.destroyed) return;
    stream.writtenAt = clock();
    if (!res.write(text)) stream.blockedSince ??= clock();
  };
  const idLine = () => `id: ${stream.standings.map(({ reached }) => reached).join(SEPARATOR)}\n`;

  /** Sources that begin at about the same time share one reset. */
  const reset = () => {
    const isEarly = clock() - openedAt < RESET_PATIENCE_MS;
    const isWaiting = isEarly && stream.standings.some(({ reached }) => reached === '');
    if (!stream.resetDue || isWaiting) return '';
    stream.resetDue = false;
    return `event: reset\n${idLine()}data: {}\n\n`;
  };

  res.on('error', () => undefined);
  res.on('drain', () => {
    stream.blockedSince = null;
    onDrain();
  });
  res.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // nginx would collect the events.
    'X-Accel-Buffering': 'no',
  });
  write(`retry: ${RETRY_MS}\n\n`);

  return {
    stream,
    isBlocked: () => stream.blockedSince !== null,

    /** Something has changed. */
    note(source: number, subjectId: string): void {
      const pending = stream.standings[source]?.pending;
      pending?.add(subjectId);
      if (pending && pending.size > PENDING_LIMIT) {
        pending.clear();
        stream.resetDue = true;
      }
    },

    /**
     * Tell what is loaded, as far as the client takes it.
     * @param cursor where the source is; with nothing left to tell, the client is there, too
     */
    tell(source: number, loaded: Map<string, Told | null>, cursor: string): void {
      const standing = stream.standings[source];
      if (!standing || stream.blockedSince !== null) return;
      let text = '';
      for (const id of standing.pending) {
        const told = loaded.get(id);
        if (told === undefined) continue;
        if (text.length > CHUNK) write(text);
        if (text.length > CHUNK) text = '';
        if (stream.blockedSince !== null) return;
        standing.pending.delete(id);
        const isLast = standing.stage === 'current' && standing.pending.size === 0;
        if (isLast) standing.reached = cursor;
        if (told) text += `event: ${told.name}\n${isLast ? idLine() : ''}data: ${told.json}\n\n`;
      }
      if (standing.stage === 'current' && standing.pending.size === 0) {
        standing.reached = cursor;
        text += reset();
      }
      if (text !== '') write(text);
    },

    /** Say that the connection is alive, and how far the client is. */
    beat(): void {
      write(`${idLine()}:\n\n`);
    },

    /** The client should come back, with what it has. */
    end(retryMs: number): void {
      if (res.writableEnded || res.destroyed) return;
      res.end(`retry: ${retryMs}\n\n`);
      const cut = setTimeout(() => res.destroy(), ENDING_MS);
      res.once('close', () => clearTimeout(cut));
    },

    cut: () => res.destroy(),
  };
}

export type EventStream = ReturnType<typeof openStream>;
