import type { IncomingHttpHeaders } from 'node:http';
import { Metadata } from '@tus/server';
import { ProblemError } from '../../../../lib/errors.ts';
import { sha256Schema } from '../../../../lib/contracts.ts';
import { fileTooLarge } from '../../../../lib/quota-problems.ts';
import type { Recipe } from '../../../../lib/recipe.ts';
import { cleanFilename } from '../filename.ts';
import { readRecipeText } from '../recipe.ts';

export const TUS_VERSION = '1.0.0';
const BODY_TYPE = 'application/offset+octet-stream';

/** What a client says of an upload when it creates it. */
export interface Creation {
  /** In bytes, at least 1. */
  size: number;
  filename: string;
  recipe: Recipe;
  sha256?: string;
}

/** @throws ProblemError `tus_version` */
export function requireVersion(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] === TUS_VERSION) return;
  throw new ProblemError('tus_version', { detail: `Send “Tus-Resumable: ${TUS_VERSION}”` });
}

/**
 * Read what a creation declares.
 * @param maxBytes the size limit
 * @throws ProblemError `bad_request`, `validation_failed`, `too_large`, `invalid_recipe`
 */
export function readCreation(headers: IncomingHttpHeaders, maxBytes: number): Creation {
  if (headers['upload-concat'] !== undefined) {
    throw badRequest('Uploads cannot be concatenated here: send the file as one upload');
  }
  const size = readLength(headers, maxBytes);
  const metadata = readMetadata(headers);
  const sha256 = sha256Schema.optional().safeParse(metadata.sha256 ?? undefined);
  if (!sha256.success) {
    throw invalid('Upload-Metadata.sha256', 'Use the SHA-256 of the whole file, as 64 hexadecimal digits');
  }
  return {
    size,
    filename: cleanFilename(metadata.filename ?? metadata.name ?? undefined),
    recipe: readRecipeText(metadata.recipe ?? undefined),
    ...(sha256.data === undefined ? {} : { sha256: sha256.data }),
  };
}

/** The quota must be known to hold before the first byte, so the length is told first. */
function readLength(headers: IncomingHttpHeaders, maxBytes: number): number {
  if (headers['upload-defer-length'] !== undefined) {
    throw badRequest('The length cannot be told later: send Upload-Length when you create the upload');
  }
  const size = readWhole(headers, 'upload-length', 'Upload-Length');
  if (size === 0) throw invalid('Upload-Length', 'An empty file is no video');
  if (size > maxBytes) throw fileTooLarge(size, maxBytes);
  return size;
}

/** @throws ProblemError `bad_request` */
export function readOffset(headers: IncomingHttpHeaders): number {
  return readWhole(headers, 'upload-offset', 'Upload-Offset');
}

function readWhole(headers: IncomingHttpHeaders, header: string, name: string): number {
  const value = headers[header];
  if (typeof value !== 'string' || !/^(0|[1-9]\d*)$/.test(value)) {
    throw badRequest(`${name} must be a whole number of bytes`);
  }
  return Number(value);
}

function readMetadata(headers: IncomingHttpHeaders): Record<string, string | null> {
  const value = headers['upload-metadata'];
  if (value === undefined || value === '') return {};
  try {
    return Metadata.parse(String(value));
  } catch {
    throw badRequest('Upload-Metadata must be pairs of a key and a Base64 value, separated by commas');
  }
}

/**
 * Check that what is sent fits into what is declared, before any of it is read.
 * @param room how many bytes are missing
 * @throws ProblemError `unsupported_media`, `too_large`
 */
export function checkBody(headers: IncomingHttpHeaders, room: number): void {
  if (headers['content-type'] !== BODY_TYPE) {
    throw new ProblemError('unsupported_media', { detail: `Send the bytes with Content-Type: ${BODY_TYPE}` });
  }
  if (Number(headers['content-length'] ?? 0) > room) {
    throw new ProblemError('too_large', { detail: `The upload has room for ${room} more bytes` });
  }
}

/** Whether a request brings bytes. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** What is answered to a request that breaks the protocol. */
export const badRequest = (detail: string) => new ProblemError('bad_request', { detail });

const invalid = (path: string, message: string) =>
  new ProblemError('validation_failed', { errors: [{ path, message }] });
