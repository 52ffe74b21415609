import { z } from 'zod';
import type { Documentation } from './endpoint.ts';

const headers = {
  Range: z.string().optional().describe('One range of bytes'),
  'If-Range': z.string().optional(),
  'If-Match': z.string().optional(),
  'If-None-Match': z.string().optional(),
};

/** What the API document says of a request that gives an archive, wherever its right to do so comes from. */
export function archiveDoc(method: 'GET' | 'HEAD', id: string, summary: string): Documentation {
  const zip = { types: ['application/zip'], description: 'The archive' };
  const bytes =
    method === 'GET' ? { 200: zip, 206: { ...zip, description: 'A range of it' } } : { 200: null };
  return {
    id: method === 'GET' ? id : `${id}Headers`,
    tag: 'Frames',
    summary: method === 'GET' ? summary : `${summary}: only the headers`,
    description: 'Answers 302 to a signed URL where clients reach the object store.',
    replies: { ...bytes, 302: null, 304: null },
    headers,
    problems: ['not_found', 'not_ready', 'expired', 'precondition_failed', 'range_not_satisfiable'],
  };
}
