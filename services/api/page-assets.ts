import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

const folder = fileURLToPath(new URL('../../web/dist', import.meta.url));

const files = sirv(folder, {
  brotli: true,
  gzip: true,
  etag: true,
  // The names of assets contain a hash of what is in them, so a browser need never ask for them again; everything else
  // may change with the next version.
  setHeaders: (res, path) => {
    const isHashed = path.startsWith('/assets/');
    res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  },
});

/**
 * Serve a file of the built page, compressed as it was when it was built. Private answers are not compressed at all: how
 * long they get would tell what is in them (BREACH).
 * @param next is called when there is no such file
 */
export function servePage(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  if (req.method === 'GET' || req.method === 'HEAD') files(req, res, next);
  else next();
}
