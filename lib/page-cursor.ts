import { z } from 'zod';
import { ProblemError } from './errors.ts';

/** Lists come page by page, newest first; a cursor tells where a page ended. */

/** Of a row: when it was made, and its id. */
export interface Place {
  at: Date;
  id: string;
}

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/**
 * Cut a page out of the rows that were found; one more than wanted tells that there is a next page.
 * @param placeOf where a row stands in the list
 */
export function cutPage<Row>(
  rows: Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { page, nextCursor: last === undefined ? null : writePlace(placeOf(last)) };
}

const writePlace = ({ at, id }: Place) =>
  Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');

/**
 * @returns where the page before ended; null for the first page
 * @throws ProblemError `validation_failed` for a cursor that is none of ours
 */
export function readPlace(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  try {
    const [at, id] = placeSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(at), id };
  } catch {
    throw badCursor();
  }
}

/** What is wrong with a cursor that somebody has made up. */
export function badCursor(): ProblemError {
  const message = 'Use the nextCursor of the page before, as it is';
  return new ProblemError('validation_failed', { errors: [{ path: 'cursor', message }] });
}
