import type { IncomingMessage } from 'node:http';
import type { ProblemCode } from '../../lib/errors.ts';

/** What is found out about a request on its way, for its line in the log, the metrics and the limits. */
interface Notes {
  /** The template of the route that it took: logs and metrics know routes by it, whatever paths clients make up. */
  route: string;
  /** Whom it was sent by. */
  personId?: string;
  /** The problem that it was answered with. */
  code?: ProblemCode;
}

const notes = new WeakMap<IncomingMessage, Notes>();

/** Files of the page, and what no route takes. */
const OTHER: Notes = { route: 'other' };

/** What is known of a request by now. */
export const notesOf = (req: IncomingMessage): Readonly<Notes> => notes.get(req) ?? OTHER;

/** Add to what is known of a request. */
export const note = (req: IncomingMessage, found: Partial<Notes>): void =>
  void notes.set(req, { ...notesOf(req), ...found });
