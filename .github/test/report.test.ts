import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, renderPlan, type PlannedStack } from '../scripts/report.ts';

const same: PlannedStack = { stack: 'network', outcome: 'same', text: 'No changes.' };
const changes: PlannedStack = {
  stack: 'data',
  outcome: 'changes',
  text: 'refreshing…\n  # aws_s3_bucket.x will be created\nPlan: 1 to add, 0 to change, 2 to destroy.\n',
};
const failed: PlannedStack = { stack: 'edge', outcome: 'failed', text: 'Error: no credentials' };

test('the whole is as its worst part', () => {
  assert.equal(outcomeOf([same, same]), 'same');
  assert.equal(outcomeOf([same, changes]), 'changes');
  assert.equal(outcomeOf([changes, failed]), 'failed');
  assert.equal(outcomeOf([]), 'failed', 'nothing planned is no success');
});

test('a comment has a line for each stack, and the plans that say something', () => {
  const text = renderPlan('prod', [same, changes, failed]);
  assert.match(text, /^### Terraform plan of `prod`\n/);
  assert.match(text, /\| network \| .* No changes \|/);
  assert.match(text, /\| data \| .* Plan: 1 to add, 0 to change, 2 to destroy\. \|/);
  assert.match(text, /\| edge \| .* failed \|/);
  assert.ok(text.includes('# aws_s3_bucket.x will be created') && text.includes('Error: no credentials'));
  assert.ok(!text.includes('<summary>network'));
});

test('nothing in a plan gets out of its fence', () => {
  const text = renderPlan('prod', [{ ...changes, text: 'x\n```\n# @everyone\n````\n' }]);
  assert.match(text, /\n`{5}text\nx\n```\n# @everyone\n````\n`{5}\n/);
});

test('long plans are cut to fit, their ends stay', () => {
  const long = (stack: string) => ({
    ...changes,
    stack,
    text: `${'x'.repeat(200_000)}\nPlan: 9 to add, 0 to change, 0 to destroy.`,
  });
  const text = renderPlan('prod', ['a', 'b', 'c'].map(long));
  // GitHub takes 65536.
  assert.ok(text.length < 65_000, String(text.length));
  assert.equal(text.match(/^Plan: 9 to add/gm)?.length, 3);
  assert.match(renderPlan('prod', [long('a')], 900_000), /x{200000}/);
});
