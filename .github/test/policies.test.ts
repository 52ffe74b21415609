import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readAll, readFile } from '../check/files.ts';
import { faultsOf, versionFaults } from '../check/policies.ts';
import { ROOT } from './folder.ts';

const folder = join(ROOT, '.github');
const files = readAll(folder);

test('there are workflows and actions, and they break no rule', () => {
  const paths = files.map(({ path }) => path);
  assert.ok(paths.includes('workflows/ci.yml') && paths.includes('actions/aws/action.yml'), paths.join());
  assert.deepEqual([...files.flatMap(faultsOf), ...versionFaults(files)], []);
});

const CHECKOUT = 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2';

/** A workflow, what is changed in it, what must be said of that. */
const mistakes: [string, string, string | RegExp, string, RegExp][] = [
  ['a tag', 'ci', CHECKOUT, 'actions/checkout@v6', /not pinned by a commit.*checkout@v6/],
  ['a branch', 'ci', CHECKOUT, 'actions/checkout@main', /not pinned by a commit/],
  ['half a commit', 'ci', CHECKOUT, 'actions/checkout@de0fac2e # v6.0.2', /not pinned by a commit/],
  ['a commit without its version', 'ci', / # v6\.0\.2/, '', /not pinned by a commit/],
  ['a container by its tag', 'ci', /@sha256:\w{64}/, '', /job test: its container is not pinned/],
  ['all permissions', 'ci', 'permissions: {}', 'permissions: write-all', /permissions are not \{\}/],
  ['no permissions for the whole', 'ci', 'permissions: {}\n', '', /permissions are not \{\}/],
  [
    'no permissions of a job',
    'ci',
    / {4}permissions:\n {6}contents: read\n/,
    '',
    /job check: states no permissions/,
  ],
  ['no timeout', 'ci', / {4}timeout-minutes: .*\n/, '', /job check: has no timeout/],
  ['no concurrency group', 'codeql', /concurrency:\n.*\n.*\n/, '', /no concurrency group/],
  [
    'an injection',
    'ci',
    'run: npm run make:env',
    'run: echo "${{ github.event.pull_request.title }}"',
    /an expression is part of a script/,
  ],
  ['strangers’ code', 'ci', '  pull_request:', '  pull_request_target:', /checks out code in an event/],
  ['strangers’ code later', 'codeql', '  push:', '  workflow_run:', /checks out code in an event/],
  [
    'access keys for a step',
    'ci',
    '          PART: ',
    '          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          PART: ',
    /access keys are given to/,
  ],
  [
    'access keys for a whole workflow',
    'build-push',
    'env:\n',
    'env:\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n',
    /access keys are given to/,
  ],
  [
    'a kept token',
    'ci',
    'persist-credentials: false',
    'fetch-depth: 1',
    /job check: its checkout keeps the token/,
  ],
  ['no gate', 'build-push', "exit-code: '1'", "exit-code: '0'", /publishes what was not scanned/],
  ['a gate for holes only', 'build-push', 'vuln,secret', 'vuln', /publishes what was not scanned/],
  [
    'a scan of whatever has the tag',
    'build-push',
    /@\$\{\{ steps\.build\.outputs\.digest \}\}/,
    ':latest',
    /publishes what was not scanned/,
  ],
  ['no bill', 'build-push', 'format: spdx-json', 'format: table', /without its bill of materials/],
  ['another bill', 'build-push', 'output: sbom.spdx.json', 'output: other.json', /without its bill/],
  [
    'an identity for nothing',
    'ci',
    '      contents: read\n',
    '      contents: read\n      id-token: write\n',
    /job check: may ask for an identity/,
  ],
  ['any runner', 'ci', 'ubuntu-24.04', 'ubuntu-latest', /job check: runs on whatever/],
  [
    'no approval',
    'terraform-apply',
    / {4}environment: .*\n/,
    '',
    /job apply: changes an environment without its approval/,
  ],
];

describe('a mistake is found:', () => {
  for (const [what, name, before, after, expected] of mistakes) {
    test(what, () => {
      const path = `workflows/${name}.yml`;
      const text = readFileSync(join(folder, path), 'utf8');
      const wrong = text.replace(before, () => after);
      assert.notEqual(wrong, text, 'the mistake was made');
      assert.match(faultsOf(readFile(path, wrong)).join('\n'), expected);
    });
  }

  test('one action in two versions', () => {
    const other = readFile(
      'workflows/x.yml',
      `jobs: {a: {steps: [{uses: ${CHECKOUT.replace(' #', '} ] } } #')}`.replace('de0fac2e', 'aaaaaaaa'),
    );
    assert.match(versionFaults([...files, other]).join('\n'), /actions\/checkout is used at/);
  });
});
