import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasTerraform, planStack, type StackJson } from '../check/terraform.ts';
import { allStacks } from './stacks.ts';

const skip = hasTerraform() ? false : 'SKIPPED: there is no terraform program here, so nothing was planned';
const stacks = allStacks();

for (const [name, stack] of stacks) {
  test(`Terraform plans ${name}`, { skip }, async () => {
    const { ok, text, planned } = await planStack(stack);
    assert.ok(ok, text);
    const resources = Object.values(stack.resource ?? {}).flatMap((named) => Object.keys(named));
    assert.equal(planned, resources.length);
  });
}

type Resources = Record<string, Record<string, Record<string, unknown>>>;

const mistakes: [string, (resources: Resources) => void, RegExp][] = [
  [
    'a misspelt attribute',
    ({ aws_sqs_queue }) => (first(aws_sqs_queue).visibility_timeout = 1),
    /Extraneous JSON|No argument or block type is named/,
  ],
  [
    'a missing argument',
    ({ aws_sns_topic_subscription }) => delete first(aws_sns_topic_subscription).protocol,
    /"protocol" is required/,
  ],
  [
    'a dangling reference',
    ({ aws_sqs_queue_policy }) => (first(aws_sqs_queue_policy).queue_url = '${aws_sqs_queue.gone.url}'),
    /undeclared resource/,
  ],
  [
    'an attribute that is not there',
    ({ aws_sns_topic_policy }) => (first(aws_sns_topic_policy).arn = '${aws_sns_topic.topic.nrn}'),
    /Unsupported attribute/,
  ],
  [
    'a word for a number',
    ({ aws_sqs_queue }) => (first(aws_sqs_queue).visibility_timeout_seconds = 'long'),
    /a number is required/,
  ],
  [
    'a misspelt block',
    ({ aws_dynamodb_table }) => (first(aws_dynamodb_table).tlt = {}),
    /Extraneous JSON|No argument or block type is named/,
  ],
  [
    'a misspelt attribute within a block',
    ({ aws_dynamodb_table }) => (first(aws_dynamodb_table).ttl = { attribute: 'x' }),
    /Extraneous JSON|No argument or block type is named/,
  ],
  [
    'a computed attribute that is given',
    ({ aws_sqs_queue }) => (first(aws_sqs_queue).arn = 'x'),
    /Value for unconfigurable attribute|unconfigurable/,
  ],
];

const first = (named: Record<string, Record<string, unknown>> = {}): Record<string, unknown> => {
  const [resource] = Object.values(named);
  assert.ok(resource);
  return resource;
};

describe('Terraform finds', () => {
  for (const [what, change, expected] of mistakes) {
    test(what, { skip }, async () => {
      const stack = structuredClone(stacks.get('dev-notify')) as StackJson & { resource: Resources };
      change(stack.resource);
      const { ok, text } = await planStack(stack);
      assert.equal(ok, false);
      assert.match(text.replaceAll(/\s+/g, ' '), expected);
    });
  }
});
