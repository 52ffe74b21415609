import { z } from 'zod';
import type { Documentation } from '../../endpoint.ts';

const version = { 'Tus-Resumable': z.literal('1.0.0') };
const offset = z.coerce.number().int().min(0);
const bytes = { types: ['application/offset+octet-stream'], description: 'The next bytes' };
const checksum = z.string().optional().describe('md5, sha1 or sha256 and the digest in Base64');

const change = {
  headers: { ...version, 'Upload-Offset': offset, 'Upload-Checksum': checksum },
  content: bytes,
  problems: [
    'not_found',
    'expired',
    'upload_locked',
    'upload_offset_mismatch',
    'checksum_mismatch',
    'unsupported_media',
    'too_large',
    'upload_timeout',
    'tus_version',
    'too_many_requests',
    'quota_exceeded',
    'bad_request',
    'invalid_state',
  ],
} satisfies Partial<Documentation>;

/** What the API document says of the tus protocol (https://tus.io/protocols/resumable-upload). */
export const tusDocs = {
  POST: {
    id: 'beginUpload',
    tag: 'Uploads',
    summary: 'Begin a resumable upload',
    description:
      'Any tus client does. `Upload-Metadata` has `filename` and, as JSON, `recipe`. The answer’s `Location` is the upload; the last byte’s answer has `Video-Id`.',
    headers: {
      ...version,
      'Upload-Length': offset,
      'Upload-Metadata': z.string().optional(),
      'Upload-Checksum': checksum,
    },
    content: bytes,
    replies: { 201: null },
    problems: [
      'too_large',
      'quota_exceeded',
      'invalid_recipe',
      'validation_failed',
      'tus_version',
      'checksum_mismatch',
      'unsupported_media',
      'upload_timeout',
      'bad_request',
    ],
  },
  HEAD: {
    id: 'getUpload',
    tag: 'Uploads',
    summary: 'See where an upload goes on',
    headers: version,
    replies: { 200: null },
    problems: ['not_found', 'expired', 'upload_locked', 'tus_version'],
  },
  PATCH: {
    ...change,
    id: 'continueUpload',
    tag: 'Uploads',
    summary: 'Send the next bytes of an upload',
    replies: { 204: null },
  },
  DELETE: {
    id: 'giveUpUpload',
    tag: 'Uploads',
    summary: 'Give an upload up',
    headers: version,
    replies: { 204: null },
    problems: ['not_found', 'expired', 'upload_locked', 'tus_version', 'invalid_state'],
  },
  override: {
    ...change,
    id: 'overrideUpload',
    tag: 'Uploads',
    summary: 'PATCH, HEAD or DELETE for clients that can only POST',
    headers: {
      ...change.headers,
      'Upload-Offset': offset.optional(),
      'X-HTTP-Method-Override': z.enum(['HEAD', 'PATCH', 'DELETE']),
    },
    replies: { 200: null, 204: null },
    problems: [...change.problems, 'method_not_allowed'],
  },
} satisfies Record<string, Documentation>;
