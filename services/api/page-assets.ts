import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
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
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    next();
    return;
  }
  // sirv takes a range as it comes, and fails at one that ends before it begins; a server may always send the whole.
  delete req.headers.range;
  res.once('pipe', endWith.bind(undefined, res));
  files(req, res, next);
}

/** sirv leaves a file open whose client has gone, and has nobody listen for one that can't be opened. */
function endWith(res: ServerResponse, file: Readable): void {
  file.on('error', () => res.destroy());
  res.once('close', () => file.destroy());
}
