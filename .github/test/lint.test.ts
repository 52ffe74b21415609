import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { join } from 'node:path';
import { readAll, readFile } from '../check/files.ts';
import { actionlintFaults, scriptFaults, shellFaults } from '../check/lint.ts';
import { ROOT } from './folder.ts';

const folder = join(ROOT, '.github');
for (const file of readAll(folder)) {
  test(`${file.path} passes actionlint and ShellCheck`, async () => {
    assert.deepEqual([...(await actionlintFaults(file)), ...(await shellFaults(file))], []);
  });
}
test('the scripts pass ShellCheck', async () => assert.deepEqual(await scriptFaults(folder), []));

const workflow = (change: (text: string) => string) =>
  readFile(
    'workflows/x.yml',
    change(
      [
        'on: push',
        'jobs:',
        '  a:',
        '    runs-on: ubuntu-24.04',
        '    steps:',
        '      - run: echo "$HOME"',
        '',
      ].join('\n'),
    ),
  );

test('a right workflow has no faults', async () => {
  const right = workflow((text) => text);
  assert.deepEqual([...(await actionlintFaults(right)), ...(await shellFaults(right))], []);
});

const mistakes: [string, string, string, RegExp][] = [
  ['a misspelt key', 'runs-on', 'run-on', /unexpected key "run-on"|"runs-on" section is missing/],
  [
    'a job that is not there',
    '    steps:',
    '    needs: [b]\n    steps:',
    /needs job "b" which does not exist/,
  ],
  ['an unknown runner', 'ubuntu-24.04', 'ubuntu-1.04', /label "ubuntu-1.04" is unknown/],
  [
    'an expression that means nothing',
    'echo "$HOME"',
    'echo "${{ github.shaa }}"',
    /property "shaa" is not defined/,
  ],
  ['an unknown event', 'on: push', 'on: pushed', /unknown Webhook event "pushed"/],
];
describe('actionlint finds', () => {
  for (const [what, before, after, expected] of mistakes) {
    test(what, async () => {
      const faults = await actionlintFaults(workflow((text) => text.replace(before, () => after)));
      assert.match(faults.join('\n'), expected);
    });
  }
});

test('ShellCheck finds a word that is split', async () => {
  const faults = await shellFaults(workflow((text) => text.replace('"$HOME"', '$HOME')));
  assert.match(faults.join('\n'), /workflows\/x\.yml:\n.*SC2086/);
});
