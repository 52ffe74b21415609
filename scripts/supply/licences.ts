/** Which licences may come with the software, and which packages are judged by themselves. */

const allowed = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'],
  ...['Unlicense', 'CC0-1.0', 'Zlib', 'PSF-2.0', 'Python-2.0', 'CC-BY-4.0'],
  // Their files are used as they are; who changes them has to publish the change.
  ...['MPL-2.0', 'LGPL-3.0-or-later'],
]);

/** Read by a person. What a package says by itself comes first. */
export const exceptions: Record<string, string> = {
  'ffmpeg-static': 'GPL-3.0-or-later: a program of its own, which is run and not linked',
  '@cloud-copilot/iam-policy': 'AGPL-3.0-or-later: only the check of the infrastructure uses it',
  '@cloud-copilot/iam-simulate': 'AGPL-3.0-or-later: only the check of the infrastructure uses it',
  '@cloud-copilot/iam-utils': 'AGPL-3.0-or-later: only the check of the infrastructure uses it',
  '@seald-io/binary-search-tree': 'MIT, in its file',
  busboy: 'MIT, in an older form of its package.json',
  'cli-color': 'MIT, in its file',
  clui: 'MIT, in an older form of its package.json',
  'combine-errors': 'MIT, in its readme',
  dicer: 'MIT, in an older form of its package.json',
  streamsearch: 'MIT, in an older form of its package.json',
  'humanize-number': 'MIT, in its readme',
  memorystream: 'MIT, in an older form of its package.json',
  only: 'MIT, in its readme',
  'parse-cache-control': 'BSD, in an older form of its package.json',
  'xmlhttprequest-ssl': 'MIT, in an older form of its package.json',
};

/**
 * Whether an SPDX expression allows us to use a package.
 * @param expression one licence, or several that all hold (AND) or that we may choose from (OR)
 */
export function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(plain)) return false;
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => allowed.has(licence)));
}
