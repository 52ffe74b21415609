import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../../../lib/errors.ts';
import { makeScratchFolder } from '../../../../lib/storage/scratch.ts';
import { badRequest } from './request-headers.ts';

/** The algorithms by the names of the protocol, and the bytes of their digests. */
const digestBytes = { md5: 16, sha1: 20, sha256: 32 } as const;
type Algorithm = keyof typeof digestBytes;

export const CHECKSUM_ALGORITHMS = Object.keys(digestBytes);

/** What the bytes of one request must add up to. */
export interface Checksum {
  algorithm: Algorithm;
  digest: Buffer;
}

/**
 * Read an Upload-Checksum header: an algorithm and a Base64 digest.
 * @throws ProblemError `bad_request` when the algorithm is unknown, or the digest is none
 */
export function readChecksum(header: string | string[] | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [algorithm = '', encoded = '', ...more] = String(header).trim().split(/ +/);
  if (!isAlgorithm(algorithm)) {
    throw badRequest(`Upload-Checksum must name one of ${CHECKSUM_ALGORITHMS.join(', ')}`);
  }
  const digest = Buffer.from(encoded, 'base64');
  const isWhole = digest.length === digestBytes[algorithm] && digest.toString('base64') === encoded;
  if (!isWhole || more.length > 0)
    throw badRequest(`Upload-Checksum must hold the Base64 of a ${algorithm} digest`);
  return { algorithm, digest };
}

const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(digestBytes, name);

/**
 * Hand bytes on once they have been checked; until then they wait in a temporary file.
 * @param scratch an existing folder for that file
 * @param take gets the bytes
 * @returns what `take` returns
 * @throws ProblemError `checksum_mismatch` before `take` got anything
 */
export async function takeChecked<Result>(
  source: Readable,
  { algorithm, digest }: Checksum,
  scratch: string,
  take: (checked: Readable) => Promise<Result>,
): Promise<Result> {
  const folder = await makeScratchFolder(scratch);
  try {
    const path = join(folder, 'bytes');
    const hash = createHash(algorithm);
    const watch = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(source, watch, createWriteStream(path));
    if (!hash.digest().equals(digest)) throw new ProblemError('checksum_mismatch');
    return await take(createReadStream(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
