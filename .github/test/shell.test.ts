import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ROOT, temporary } from './folder.ts';

/**
 * Run one of our scripts where other programs only write down how they were called.
 * @param programs by name, what each does besides
 */
function record(t: TestContext, script: string, args: string[], programs: Record<string, string>) {
  const folder = temporary(t);
  const journal = join(folder, 'journal');
  for (const [name, does] of Object.entries(programs)) {
    const text = `#!/usr/bin/env bash\necho "${name} $*" >>'${journal}'\n${does}\n`;
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH ?? ''}`,
    GITHUB_OUTPUT: join(folder, 'output'),
    AWS_REGION: 'eu-west-1',
  };
  const { status } = spawnSync(join(ROOT, '.github/scripts', script), args, { env, encoding: 'utf8' });
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);
  return { status, calls: read(journal), output: read(join(folder, 'output')) };
}

const image = `registry.example/ms-api@sha256:${'a'.repeat(64)}`;
const publish = (t: TestContext, docker: string, cosign = '') =>
  record(t, 'publish.sh', [image, 'c0ffee', 'sbom.json'], { docker, cosign });
const deeds = (calls: string[]) => calls.filter((call) => !call.includes('inspect'));

const SIGN = `cosign sign --yes ${image}`;
const ATTEST = `cosign attest --yes --type spdxjson --predicate sbom.json ${image}`;
const TAG = `docker buildx imagetools create --prefer-index=false --tag registry.example/ms-api:c0ffee ${image}`;

test('an image is signed and attested before it is tagged', (t) => {
  const { status, calls } = publish(t, '[[ $3 != inspect ]]');
  assert.equal(status, 0);
  assert.deepEqual(deeds(calls), [SIGN, ATTEST, TAG]);
});

test('what an attempt before has done is not done again', (t) => {
  const { status, calls } = publish(t, '[[ $3 != inspect || $4 == *.sig ]]');
  assert.equal(status, 0);
  assert.deepEqual(deeds(calls), [ATTEST, TAG]);
  assert.ok(
    calls.includes(`docker buildx imagetools inspect registry.example/ms-api:sha256-${'a'.repeat(64)}.sig`),
  );
});

test('an image that can’t be signed gets no tag', (t) => {
  const { status, calls } = publish(t, '[[ $3 != inspect ]]', 'exit 1');
  assert.notEqual(status, 0);
  assert.deepEqual(deeds(calls), [SIGN]);
});

const aws = (images: number) =>
  `case $2 in get-caller-identity) echo 1234 ;; get-login-password) echo secret ;; *) echo ${images} ;; esac`;

for (const [images, published] of [
  [0, 'false'],
  [1, 'true'],
] as const) {
  test(`a registry with ${images} images of a commit says published=${published}`, (t) => {
    const { status, output, calls } = record(t, 'registry.sh', ['ms-api', 'c0ffee'], {
      aws: aws(images),
      docker: 'cat',
    });
    const registry = '1234.dkr.ecr.eu-west-1.amazonaws.com';
    assert.equal(status, 0);
    assert.deepEqual(output, [
      `registry=${registry}`,
      `repository=${registry}/ms-api`,
      `published=${published}`,
    ]);
    assert.ok(calls.includes(`docker login --username AWS --password-stdin ${registry}`), calls.join());
  });
}

test('a registry that refuses is an error', (t) => {
  const { status, output } = record(t, 'registry.sh', ['ms-api', 'c0ffee'], {
    aws: '[[ $1 == sts ]] && echo 1234',
    docker: 'cat',
  });
  assert.notEqual(status, 0);
  assert.ok(!output.some((line) => line.startsWith('published=')));
});

test('Argo CD ends before what it would bring back, and the namespace goes last', (t) => {
  const services = '[[ $1 != get ]] || printf "a x\\nb y\\n"';
  const { status, calls } = record(t, 'remove-entry.sh', ['video-system'], { kubectl: services });
  assert.equal(status, 0);
  const order = [
    'auth can-i',
    'delete statefulset',
    'delete ingress --all',
    'get service',
    '--namespace a delete service x',
    '--namespace b delete service y',
    'delete namespace video-system',
  ];
  assert.equal(calls.length, order.length, calls.join('\n'));
  for (const [at, words] of order.entries())
    assert.ok(calls[at]?.includes(words), `${words} in ${calls[at] ?? ''}`);
});

test('a load balancer that can’t be removed stops the rest', (t) => {
  const { status, calls } = record(t, 'remove-entry.sh', ['video-system'], {
    kubectl: '[[ $* != *ingress* ]]',
  });
  assert.notEqual(status, 0);
  assert.equal(calls.length, 3);
});
