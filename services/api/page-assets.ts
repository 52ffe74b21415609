import type { ServerResponse } from 'node:http';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/**
 * The built page as moleculer-web serves it. The names of its assets contain a hash of what is in them, so a browser
 * need never ask for them again; everything else may change with the next version.
 */
export const pageAssets = {
  folder,
  options: {
    setHeaders(res: ServerResponse, path: string): void {
      const isHashed = path.startsWith(`${folder}${sep}assets${sep}`);
      res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  },
};
