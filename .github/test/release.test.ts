import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readImages, type Image } from '../scripts/kustomization.ts';
import { publishedImages, release } from '../scripts/release.ts';
import { git, temporary } from './folder.ts';
import { serveAws } from './server.ts';

const path = 'k8s/prod.yaml';
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const image = (service: string, commit: string, digit: string): Image => ({
  name: `ms-${service}`,
  newName: `registry.example/ms-${service}`,
  newTag: commit,
  digest: digest(digit),
});

/** A remote repository, a clone as the workflow has it, and one of somebody else. */
function repositories(t: TestContext) {
  const folder = temporary(t);
  const [origin, seed, ours, theirs] = ['origin.git', 'seed', 'ours', 'theirs'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', origin);
  git(folder, 'clone', '--quiet', origin, seed);
  mkdirSync(join(seed, 'k8s'));
  writeFileSync(join(seed, path), 'images:\n  - name: ms-api\n    newName: x\n    digest: y\n');
  git(seed, 'add', '--all');
  git(seed, 'commit', '--quiet', '--message', 'Begin');
  git(seed, 'push', '--quiet', 'origin', 'HEAD:main');
  for (const clone of [ours, theirs]) {
    git(folder, 'clone', '--quiet', origin, clone);
    git(clone, 'config', 'user.name', 'Bot');
    git(clone, 'config', 'user.email', 'bot@example.com');
  }
  const change = (clone: string, file: string) => {
    appendFileSync(join(clone, file), '\n# another line\n');
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '--message', `Change ${file}`);
    return git(clone, 'rev-parse', 'HEAD');
  };
  const push = (clone: string) => git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
  const written = () => readImages(git(origin, 'show', `main:${path}`));
  const log = () => git(origin, 'log', '--format=%s', 'main').split('\n');
  return { origin, ours, theirs, place: { folder: ours, path, branch: 'main' }, change, push, written, log };
}

test('what was published becomes a commit on the branch', async (t) => {
  const { ours, place, written, log, origin } = repositories(t);
  const commit = git(ours, 'rev-parse', 'HEAD');
  const images = [image('api', commit, 'a'), image('video', commit, 'b')];
  assert.deepEqual(await release(place, images), ['ms-api', 'ms-video']);
  assert.deepEqual(written(), images);
  assert.deepEqual(log(), ['Release ms-api, ms-video', 'Begin']);
  assert.match(git(origin, 'log', '-1', '--format=%b', 'main'), new RegExp(`Built from ${commit}`));
  assert.deepEqual(await release(place, images), [], 'and only once');
  assert.equal(log().length, 2);
});

test('who pushes in between is let go first, and loses nothing', async (t) => {
  const { ours, theirs, place, change, written, log } = repositories(t);
  const commit = git(ours, 'rev-parse', 'HEAD');
  change(theirs, 'lib.ts');
  // The first push of ours finds theirs there before it.
  const hook = join(ours, '.git/hooks/pre-push');
  writeFileSync(
    hook,
    `#!/bin/sh\n[ -e done ] || { touch done; git -C '${theirs}' push --quiet origin HEAD:main; }\n`,
  );
  chmodSync(hook, 0o755);
  assert.deepEqual(await release(place, [image('api', commit, 'a')]), ['ms-api']);
  assert.deepEqual(log(), ['Release ms-api', 'Change lib.ts', 'Begin']);
  assert.deepEqual(written(), [image('api', commit, 'a')]);
});

test('two releases of different services at once both stay', async (t) => {
  const { ours, theirs, place, written } = repositories(t);
  const commit = git(ours, 'rev-parse', 'HEAD');
  await Promise.all([
    release(place, [image('api', commit, 'a')]),
    release({ ...place, folder: theirs }, [image('auth', commit, 'b')]),
  ]);
  assert.deepEqual(written(), [image('api', commit, 'a'), image('auth', commit, 'b')]);
});

test('an older image doesn’t replace a newer one', async (t) => {
  const { ours, place, change, push, written } = repositories(t);
  const older = git(ours, 'rev-parse', 'HEAD');
  const newer = change(ours, 'lib.ts');
  push(ours);
  await release(place, [image('api', newer, 'b')]);
  assert.deepEqual(await release(place, [image('api', older, 'a'), image('video', older, 'c')]), [
    'ms-video',
  ]);
  assert.deepEqual(written(), [image('api', newer, 'b'), image('video', older, 'c')]);
});

test('a branch that takes no push is said so, at once', async (t) => {
  const { ours, origin, place, log } = repositories(t);
  const hook = join(origin, 'hooks/pre-receive');
  writeFileSync(hook, '#!/bin/sh\nexit 1\n');
  chmodSync(hook, 0o755);
  const commit = git(ours, 'rev-parse', 'HEAD');
  await assert.rejects(release(place, [image('api', commit, 'a')]), { code: 'push_refused' });
  assert.deepEqual(log(), ['Begin']);
});

test('the digest is the registry’s, by the commit’s tag', async (t) => {
  const asked: unknown[] = [];
  await serveAws(t, (request, body) => {
    asked.push(request.headers['x-amz-target'], JSON.parse(body));
    return {
      type: 'application/x-amz-json-1.1',
      body: JSON.stringify({ imageDetails: [{ imageDigest: digest('d') }] }),
    };
  });
  assert.deepEqual(await publishedImages('registry.example', ['api'], 'c0ffee'), [
    image('api', 'c0ffee', 'd'),
  ]);
  assert.deepEqual(asked, [
    'AmazonEC2ContainerRegistry_V20150921.DescribeImages',
    { repositoryName: 'ms-api', imageIds: [{ imageTag: 'c0ffee' }] },
  ]);
});

test('an image that was not published is an error', async (t) => {
  const body = JSON.stringify({ __type: 'ImageNotFoundException', message: 'does not exist' });
  await serveAws(t, () => ({ status: 400, type: 'application/x-amz-json-1.1', body }));
  await assert.rejects(publishedImages('registry.example', ['api'], 'c0ffee'), { code: 'not_published' });
});

test('nor is a registry that refuses taken for one without the image', async (t) => {
  const body = JSON.stringify({ __type: 'AccessDeniedException', message: 'no' });
  await serveAws(t, () => ({ status: 400, type: 'application/x-amz-json-1.1', body }));
  await assert.rejects(publishedImages('registry.example', ['api'], 'c0ffee'), {
    name: 'AccessDeniedException',
  });
});
