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

interface StreamOptions {
  personId: string;
  res: ServerResponse;
  /** The id of the last event that the client has. */
  lastEventId: string;
  /** How many there are. */
  sources: number;
  /** Milliseconds, as all times here. */
  clock: () => number;
  /** The client takes more again. */
  onDrain: () => void;
}

const SEPARATOR = '~';
/** What a cursor may be; anything else counts as none, and stands in nobody's way. */
const CURSOR = /^[\w.-]{1,4000}$/;

/**
 * One client's stream. It holds no content, only what is to be told: what a slow client gets at last is how things are
 * then.
 */
export class EventStream {
  readonly personId: string;
  readonly standings: Standing[];
  /** The client takes nothing now; one that never does is let go by ../still-readers.ts. */
  isBlocked = false;
  writtenAt: number;
  /** When it was last asked whether the caller may listen. */
  checkedAt: number;
  private readonly res: ServerResponse;
  private readonly clock: () => number;
  private readonly openedAt: number;
  /** The client must load everything again. */
  private resetDue = false;

  /** Begins the answer. */
  constructor({ personId, res, lastEventId, sources, clock, onDrain }: StreamOptions) {
    const cursors = lastEventId.split(SEPARATOR);
    this.personId = personId;
    this.standings = Array.from({ length: sources }, (_, n) => standingAt(cursors[n] ?? ''));
    this.res = res;
    this.clock = clock;
    this.openedAt = this.writtenAt = this.checkedAt = clock();
    res.on('error', () => undefined);
    res.on('drain', () => {
      this.isBlocked = false;
      onDrain();
    });
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would collect the events.
      'X-Accel-Buffering': 'no',
    });
    this.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Something of a source has changed. */
  note(source: number, subjectId: string): void {
    const standing = this.standings[source];
    if (!standing) return;
    standing.pending.add(subjectId);
    if (standing.pending.size <= PENDING_LIMIT) return;
    standing.pending.clear();
    this.resetDue = true;
  }

  /** The client is to load everything of a source again, so nothing of it is left to tell. */
  restart(source: number): void {
    const standing = this.standings[source];
    if (!standing) return;
    standing.stage = 'current';
    standing.pending.clear();
    this.resetDue = true;
  }

  /**
   * Tell what is loaded, as far as the client takes it.
   * @param cursor where the source is; with nothing left to tell, the client is there, too
   */
  tell(source: number, loaded: Map<string, Told | null>, cursor: string): void {
    const standing = this.standings[source];
    if (!standing) return;
    let text = '';
    for (const id of standing.pending) {
      if (this.isBlocked) return;
      const told = loaded.get(id);
      if (told === undefined) continue;
      standing.pending.delete(id);
      text += this.lines(told, this.arrive(standing, cursor));
      if (text.length > CHUNK) {
        this.write(text);
        text = '';
      }
    }
    if (this.arrive(standing, cursor)) text += this.reset();
    if (text !== '') this.write(text);
  }

  /** Say that the connection is alive, and how far the client is. */
  beat(): void {
    this.write(`${this.idLine()}:\n\n`);
  }

  /** The client should come back, with what it has. */
  end(retryMs: number): void {
    const { res } = this;
    if (res.writableEnded || res.destroyed) return;
    res.end(`retry: ${retryMs}\n\n`);
    const cutting = setTimeout(() => res.destroy(), ENDING_MS);
    res.once('close', () => clearTimeout(cutting));
  }

  /** Whether the client has everything up to the cursor. */
  private arrive(standing: Standing, cursor: string): boolean {
    if (standing.stage !== 'current' || standing.pending.size > 0) return false;
    standing.reached = cursor;
    return true;
  }

  /** @param isComplete only with this one does the client have everything: whoever is cut before gets all of it again */
  private lines(told: Told | null, isComplete: boolean): string {
    return told ? `event: ${told.name}\n${isComplete ? this.idLine() : ''}data: ${told.json}\n\n` : '';
  }

  /** Sources that begin at about the same time share one reset. */
  private reset(): string {
    const isEarly = this.clock() - this.openedAt < RESET_PATIENCE_MS;
    const isWaiting = isEarly && this.standings.some(({ reached }) => reached === '');
    if (!this.resetDue || isWaiting) return '';
    this.resetDue = false;
    return `event: reset\n${this.idLine()}data: {}\n\n`;
  }

  private idLine(): string {
    return `id: ${this.standings.map(({ reached }) => reached).join(SEPARATOR)}\n`;
  }

  private write(text: string): void {
    if (this.res.writableEnded || this.res.destroyed) return;
    this.writtenAt = this.clock();
    if (!this.res.write(text)) this.isBlocked = true;
  }
}

function standingAt(cursor: string): Standing {
  const isCursor = CURSOR.test(cursor);
  return { stage: isCursor ? 'behind' : 'new', reached: isCursor ? cursor : '', pending: new Set() };
}
