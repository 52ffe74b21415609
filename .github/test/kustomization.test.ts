import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { format } from 'prettier';
import { parse } from 'yaml';
import { readImages, writeImages, type Image } from '../scripts/kustomization.ts';
import { SERVICES } from '../scripts/services.ts';
import { ROOT } from './folder.ts';

const image = (service: string, digit: string): Image => ({
  name: `ms-${service}`,
  newName: `111122223333.dkr.ecr.us-east-1.amazonaws.com/ms-${service}`,
  newTag: digit.repeat(40),
  digest: `sha256:${digit.repeat(64)}`,
});

const STYLE = { parser: 'yaml', printWidth: 110, singleQuote: true };
const text = `# prod
kind: Kustomization
resources: [../../base]
images:
  # Written by the pipeline.
  - name: ms-api
    newName: registry.example/ms-api
    digest: sha256:${'0'.repeat(64)}
  - { name: ms-auth, newName: registry.example/ms-auth }
  - name: someone/else # theirs
    newTag: '1'

# What differs
patches: [{ path: a.yaml }]
`;

test('an image gets its name, commit and digest; everything else stays', () => {
  const written = writeImages(text, [image('api', 'a')]);
  assert.deepEqual(readImages(written), [image('api', 'a'), ...readImages(text).slice(1)]);
  const kept = [
    '# prod',
    '  # Written by the pipeline.',
    '  - name: someone/else # theirs',
    'resources: [../../base]',
  ];
  for (const line of kept) assert.ok(written.split('\n').includes(line), `${line} is in\n${written}`);
});

test('an image without an entry gets one, and entries in braces are known', () => {
  const written = readImages(writeImages(text, [image('auth', 'b'), image('video', 'c')]));
  assert.deepEqual(written[1], image('auth', 'b'));
  assert.deepEqual(written[3], image('video', 'c'));
});

test('a commit that looks like a number stays a text, in our quotes', async () => {
  const written = writeImages(text, [image('api', '0')]);
  assert.deepEqual(readImages(written)[0], image('api', '0'));
  assert.equal(await format(written, STYLE), written);
});

test('writing twice is writing once', () => {
  const once = writeImages(text, [image('api', 'a')]);
  assert.equal(writeImages(once, [image('api', 'a')]), once);
});

for (const [what, wrong] of [
  ['no images', 'kind: Kustomization\n'],
  ['images that are no list', 'images: {}\n'],
  ['no YAML', 'images: [\n'],
] as const) {
  test(`a kustomization with ${what} is refused`, () => {
    assert.throws(() => writeImages(wrong, [image('api', 'a')]), { code: 'kustomization_invalid' });
  });
}

const real = join(ROOT, 'k8s/overlays/prod/kustomization.yaml');
test(
  'the one of prod can be written, and is formatted as ours are',
  { skip: !existsSync(real) },
  async () => {
    const released = SERVICES.map((service, at) => image(service, String(at)));
    const before = readFileSync(real, 'utf8');
    const written = writeImages(before, released);
    assert.equal(await format(written, STYLE), written);
    for (const one of released)
      assert.deepEqual(
        readImages(written).find(({ name }) => name === one.name),
        one,
      );
    const others = (yaml: string) => ({ ...(parse(yaml) as object), images: [] });
    assert.deepEqual(others(written), others(before));
  },
);
