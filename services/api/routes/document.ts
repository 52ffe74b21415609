import { createHash } from 'node:crypto';
import { z } from 'zod';
import { open, type Endpoint } from '../endpoint.ts';
import { describeApi } from '../openapi/document.ts';
import { matchesEtag } from '../transfer/etag.ts';

/** The API document of these endpoints, and of its own. */
export function documentEndpoints(endpoints: Endpoint[], publicUrl: string): Endpoint[] {
  let made: { json: string; etag: string } | undefined;
  const make = () => {
    const json = JSON.stringify(describeApi([...endpoints, document], publicUrl));
    return { json, etag: `"${createHash('sha256').update(json).digest('base64url')}"` };
  };

  const document = open({
    doc: {
      id: 'getOpenApi',
      tag: 'System',
      summary: 'This document',
      replies: { 200: z.record(z.string(), z.unknown()), 304: null },
      headers: { 'If-None-Match': z.string().optional() },
    },
    method: 'GET',
    path: '/openapi.json',
    handle: ({ req, res }) => {
      made ??= make();
      res.setHeader('ETag', made.etag);
      res.setHeader('Cache-Control', 'no-cache');
      // Anybody may read it, pages of other origins too.
      res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
      res.setHeader('Access-Control-Allow-Origin', '*');
      if (matchesEtag(req.headers['if-none-match'], made.etag)) res.writeHead(304).end();
      else res.setHeader('Content-Type', 'application/json; charset=utf-8').end(made.json);
      return Promise.resolve('sent' as const);
    },
  });
  return [document];
}
