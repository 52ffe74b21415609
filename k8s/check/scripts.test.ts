import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const script = (name: string, ...args: string[]) =>
  run(process.execPath, [join(root, 'scripts', name), ...args]);

describe('scripts', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'video-system-scripts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('secrets are made once, for their owner only, and git does not see them', async () => {
    const secrets = join(folder, 'secrets');
    await script('make-secrets.ts', secrets);
    const names = await readdir(secrets);
    assert.equal(names.length, 11);
    for (const name of names) assert.equal((await stat(join(secrets, name))).mode & 0o777, 0o600);
    const before = await readFile(join(secrets, 'postgres.env'), 'utf8');
    assert.equal(new Set(before.match(/=[0-9a-f]{48}$/gm)).size, 4);
    await assert.rejects(script('make-secrets.ts', secrets), { code: 1 });
    assert.equal(await readFile(join(secrets, 'postgres.env'), 'utf8'), before);
    assert.match(await readFile(join(root, 'k8s/overlays/dev/.gitignore'), 'utf8'), /^secrets\/$/m);
  });

  test('digests are set where they stand, and nothing else changes', async () => {
    const file = join(folder, 'kustomization.yaml');
    await cp(join(root, 'k8s/overlays/prod/kustomization.yaml'), file);
    const before = (await readFile(file, 'utf8')).split('\n');
    const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
    const wishes = [`ms-video=${digest('a')}`, `ms-notify=${digest('b')}`];
    await script('set-digests.ts', '--file', file, ...wishes);
    const after = (await readFile(file, 'utf8')).split('\n');
    const changed = after.flatMap((line, at) => (line === before[at] ? [] : [[before[at - 2], line]]));
    assert.deepEqual(changed, [
      ['  - name: ms-video', `    digest: ${digest('a')}`],
      ['  - name: ms-notify', `    digest: ${digest('b')}`],
    ]);
    for (const wrong of ['ms-api=latest', `ms-web=${digest('a')}`, `ms-api=${digest('0')}`, 'ms-api']) {
      await assert.rejects(script('set-digests.ts', '--file', file, wrong), { code: 1 }, wrong);
    }
    assert.deepEqual((await readFile(file, 'utf8')).split('\n'), after);
  });
});
