// Builds the page into web/dist, unless what is there was built from the same sources.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const web = fileURLToPath(new URL('../web', import.meta.url));
const dist = join(web, 'dist');
const mark = join(dist, '.built-from');

/** What the built page depends on: its own files, the API's client, which packages there are, and how it is built. */
function digestOfSources(): string {
  const patterns = ['src/**/*', 'public/**/*', '*.*', '../client/*.ts'];
  const own = globSync(patterns, { cwd: web, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of [...own.sort(), join(web, '..', 'package-lock.json'), import.meta.filename]) {
    hash.update(path.slice(web.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** What the gateway sends to browsers that take it; it compresses nothing itself. */
function compressFiles(): void {
  const texts = globSync('**/*', { cwd: dist }).filter((name) => TEXTS.has(extname(name)));
  for (const path of texts.map((name) => join(dist, name))) {
    const content = readFileSync(path);
    if (content.length < WORTH_BYTES) continue;
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

const TEXTS = new Set(['.css', '.html', '.js', '.svg']);
/** A smaller file fits into one packet as it is. */
const WORTH_BYTES = 1000;

const digest = digestOfSources();
const built = existsSync(mark) ? readFileSync(mark, 'utf8') : '';
if (built !== digest) {
  const { build } = await import('vite');
  await build({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' });
  compressFiles();
  writeFileSync(mark, digest);
}
