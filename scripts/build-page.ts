// Builds the page into web/dist, unless what is there was built from the same sources.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../web', import.meta.url));
const mark = join(web, 'dist', '.built-from');

/** What the built page depends on: its own files, and which packages there are. */
function digestOfSources(): string {
  const own = globSync(['src/**/*', 'public/**/*', '*.*'], { cwd: web, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of [...own.sort(), join(web, '..', 'package-lock.json')]) {
    hash.update(path.slice(web.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

const digest = digestOfSources();
const built = existsSync(mark) ? readFileSync(mark, 'utf8') : '';
if (built !== digest) {
  const { build } = await import('vite');
  await build({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(mark, digest);
}
