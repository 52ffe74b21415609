import { access, readFile, readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const model = await read('docs/security.md');

/** The rows of the tables of attacks: what, how it is met, and what proves that. */
const rows = [...model.matchAll(/^\| ((?:API|V)\d+) ([^|]+)\|([^|]+)\|([^|]+)\|$/gm)].map(
  ([, number = '', attack = '', defence = '', proof = '']) => ({
    number,
    attack,
    defence,
    proof: proof.trim(),
  }),
);
const testsIn = (text: string) => [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = '']) => path);

describe('the threat model', () => {
  test('has all of the API Security Top 10, and the chapters of the ASVS that apply', () => {
    const numbers = new Set(rows.map(({ number }) => number));
    const top10 = Array.from({ length: 10 }, (_, n) => `API${n + 1}`);
    // 10 is OAuth, 17 is WebRTC: neither is here.
    const chapters = Array.from({ length: 16 }, (_, n) => `V${n + 1}`).filter((it) => it !== 'V10');
    expect([...numbers].sort()).toEqual([...top10, ...chapters].sort());
  });

  test.each(rows)(
    '$number $attack names tests that there are, or says that there is none',
    async ({ proof }) => {
      const tests = testsIn(proof);
      expect(tests.map((path) => `\`${path}\``).join(' ') || 'no test').toBe(proof);
      for (const path of tests) await access(new URL(path, root));
    },
  );

  test('names every suite that attacks', async () => {
    const suites = (await readdir(new URL('./', import.meta.url))).filter((name) =>
      name.endsWith('.test.ts'),
    );
    const known = suites
      .filter((name) => name !== 'threat-model.test.ts')
      .map((name) => `test/security/${name}`);
    expect(known.length).toBeGreaterThan(2);
    expect(testsIn(model)).toEqual(expect.arrayContaining(known));
  });

  test('tells how to report, and which versions get fixes', async () => {
    const policy = await read('SECURITY.md');
    expect(policy).toMatch(/^## Reporting\n+.*privately/m);
    expect(policy).toMatch(/^## Supported versions$/m);
    expect(policy).toContain('(docs/security.md)');
  });
});
