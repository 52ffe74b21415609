// Says which images run in production: npm run set:digests -- ms-api=sha256:… [ms-auth=sha256:… …]. Changes nothing but
// these digests in k8s/overlays/prod/kustomization.yaml (or --file FILE); a commit of that is a promotion, its revert the
// way back.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSeq, parseDocument } from 'yaml';

const production = join(import.meta.dirname, '..', 'k8s/overlays/prod/kustomization.yaml');

/** @throws Error when a digest is none, or the image is not one of ours */
function withDigest(text: string, wish: string): string {
  const [, name = '', digest = ''] = /^(ms-[a-z]+)=(sha256:[0-9a-f]{64})$/.exec(wish) ?? [];
  if (name === '') throw new Error(`Not an image and its digest (ms-api=sha256:<64 hex digits>): ${wish}`);
  if (/^sha256:0+$/.test(digest)) throw new Error(`${name}: zeros are the placeholder`);
  const images = parseDocument(text).get('images');
  const names = isSeq(images) ? (images.toJSON() as { name: string }[]).map((image) => image.name) : [];
  if (!names.includes(name)) throw new Error(`There is no image ${name}; there are ${names.join(', ')}`);
  // By the text and not by the document, so that nothing else in the file moves.
  const entry = new RegExp(`(- name: ${name}\\n(?: {4}\\w+: .*\\n)*? {4}digest: )sha256:[0-9a-f]{64}`);
  const changed = text.replace(entry, `$1${digest}`);
  if (!changed.includes(digest)) throw new Error(`${name} has no digest there`);
  return changed;
}

try {
  const { values, positionals: wishes } = parseArgs({
    options: { file: { type: 'string', default: production } },
    allowPositionals: true,
  });
  if (wishes.length === 0) throw new Error('Usage: npm run set:digests -- ms-api=sha256:… …');
  await writeFile(values.file, wishes.reduce(withDigest, await readFile(values.file, 'utf8')));
  console.log(`${wishes.length} of the images of production are set`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
