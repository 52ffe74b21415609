import { ProblemError } from '../../../lib/errors.ts';
import type { UploadPart } from '../../../lib/storage/object-store.ts';

const MiB = 1024 ** 2;
/** Large enough to be quick, small enough to be sent again when a connection breaks. */
const USUAL_BYTES = 16 * MiB;
/** S3 takes no more. */
export const MAX_PARTS = 10_000;
const MAX_COMPLAINTS = 20;

/**
 * Into which parts a file goes: 16 MiB each, or as many whole MiB as it takes to need no more than 10,000.
 * @param size of the file in bytes, at least 1
 * @returns the size of all parts but the last, and that of each, in order
 */
export function splitIntoParts(size: number): { partSize: number; sizes: number[] } {
  const partSize = Math.max(USUAL_BYTES, Math.ceil(size / MAX_PARTS / MiB) * MiB);
  const sizes = Array.from({ length: Math.ceil(size / partSize) }, (_, index) =>
    Math.min(partSize, size - index * partSize),
  );
  return { partSize, sizes };
}

/**
 * Compare the parts that a client names with those that arrived and those that there should be.
 * @param sizes what the parts should have, in order
 * @throws ProblemError `validation_failed`, telling what is wrong with which part
 */
export function checkParts(
  named: UploadPart[],
  arrived: (UploadPart & { size: number })[],
  sizes: number[],
): void {
  const arrivedParts = new Map(arrived.map((part) => [part.number, part]));
  const namedParts = new Map(named.map((part) => [part.number, part]));
  const complaints = sizes.flatMap((size, index) => {
    const number = index + 1;
    return complain(namedParts.get(number), arrivedParts.get(number), size).map(
      (why) => `Part ${number} ${why}`,
    );
  });
  for (const { number } of named) {
    if (number > sizes.length) complaints.push(`There is no part ${number}; the last one is ${sizes.length}`);
  }
  if (named.length > namedParts.size) complaints.push('A part is named twice');
  if (complaints.length === 0) return;
  const errors = complaints.slice(0, MAX_COMPLAINTS).map((message) => ({ path: 'parts', message }));
  throw new ProblemError('validation_failed', { detail: complaints[0] ?? '', errors });
}

function complain(
  named: UploadPart | undefined,
  arrived: (UploadPart & { size: number }) | undefined,
  size: number,
): string[] {
  if (!arrived) return ['has not arrived'];
  if (arrived.size !== size) return [`has ${arrived.size} bytes; it should have ${size}`];
  if (!named) return ['is not named'];
  return sameEtag(named.etag, arrived.etag) ? [] : ['has another ETag'];
}

/** Entity tags stand in quotes in HTTP; programs often lose them. */
const sameEtag = (one: string, other: string) => one.replaceAll('"', '') === other.replaceAll('"', '');
