import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { changedServices } from '../scripts/changed-services.ts';
import { inputsOf } from '../scripts/image-inputs.ts';
import { imageOf, SERVICES } from '../scripts/services.ts';
import { git, ROOT, temporary } from './folder.ts';

const ALL = [...SERVICES];

/** A repository with our Dockerfile and some of our files, of which every image was built. */
function repository(t: TestContext) {
  const folder = temporary(t);
  git(folder, 'init', '--quiet');
  for (const name of ['Dockerfile', '.dockerignore']) cpSync(join(ROOT, name), join(folder, name));
  const append = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    appendFileSync(join(folder, name), text);
  };
  const commit = () => {
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', 'A change', '--allow-empty');
    return git(folder, 'rev-parse', 'HEAD');
  };
  for (const name of ['lib/a.ts', 'web/page.ts', 'README.md', ...ALL.map((name) => `services/${name}/a.ts`)])
    append(name, '1');
  const built = commit();
  const kustomization = (commits: Record<string, string> = {}) =>
    JSON.stringify({ images: ALL.map((name) => ({ name: imageOf(name), newTag: commits[name] ?? built })) });
  return { folder, append, commit, kustomization };
}

const cases: [string, string[]][] = [
  ['services/video/deep/new.ts', ['video']],
  ['services/video/a.test.ts', []],
  ['web/page.ts', ['api']],
  ['lib/a.ts', ALL],
  ['package-lock.json', ALL],
  ['Dockerfile', ALL],
  ['.dockerignore', ALL],
  ['README.md', []],
  ['docs/api.md', []],
  ['k8s/overlays/prod/kustomization.yaml', []],
  ['infra/main.ts', []],
  ['scripts/health.ts', ALL],
  ['scripts/smoke.sh', []],
  ['services/videos/a.ts', []],
];
for (const [file, expected] of cases) {
  test(`${file} concerns ${expected.join(', ') || 'none'}`, async (t) => {
    const { folder, append, commit, kustomization } = repository(t);
    append(file, '\n# another line\n');
    commit();
    assert.deepEqual(await changedServices(folder, kustomization()), expected);
  });
}

test('a file that was removed or moved away counts', async (t) => {
  const { folder, commit, kustomization } = repository(t);
  rmSync(join(folder, 'services/auth/a.ts'));
  git(folder, 'mv', 'services/notify/a.ts', 'services/video/b.ts');
  commit();
  assert.deepEqual(await changedServices(folder, kustomization()), ['auth', 'video', 'notify']);
});

test('each service is compared with what runs of it, however long ago that was', async (t) => {
  const { folder, append, commit, kustomization } = repository(t);
  append('services/auth/a.ts', '2');
  const later = commit();
  append('services/video/a.ts', '2');
  commit();
  commit();
  assert.deepEqual(await changedServices(folder, kustomization({ auth: later })), ['video']);
});

test('what was never built, or of an unknown commit, is built', async (t) => {
  const { folder, kustomization } = repository(t);
  assert.deepEqual(
    await changedServices(folder, kustomization({ api: 'f'.repeat(40), auth: '--output=x' })),
    ['api', 'auth'],
  );
  assert.deepEqual(await changedServices(folder, 'images: []'), ALL);
});

test('a target that the Dockerfile doesn’t have is an error', () => {
  assert.throws(() => inputsOf('FROM a AS b\n', 'api'), /no target api/);
});
