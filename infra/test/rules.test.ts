import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultsOf } from '../check/rules.ts';
import type { StackJson } from '../check/terraform.ts';
import { allStacks } from './stacks.ts';

const stacks = allStacks();

for (const [name, stack] of stacks)
  test(`${name} breaks no rule`, () => assert.deepEqual(faultsOf(stack), []));

type Change = (stack: Required<StackJson>) => void;

/** Set a property of the first resource of a type. */
const set =
  (type: string, property: string, value: unknown): Change =>
  (stack) => {
    const [first] = Object.values(stack.resource[type] ?? {});
    assert.ok(first, `there is a ${type}`);
    first[property] = value;
  };
const add =
  (type: string, resource: Record<string, unknown>): Change =>
  (stack) => {
    (stack.resource[type] ??= {}).wrong = resource;
  };
const drop =
  (type: string): Change =>
  (stack) => {
    assert.ok(stack.resource[type], `there is a ${type}`);
    stack.resource = Object.fromEntries(Object.entries(stack.resource).filter(([name]) => name !== type));
  };
const forAll = JSON.stringify({
  Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*', Principal: { AWS: '*' } }],
});
const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] });

const mistakes: [string, string, Change, RegExp][] = [
  ['an access key', 'prod-bootstrap', add('aws_iam_access_key', {}), /no access keys/],
  [
    'an administrator',
    'prod-addons',
    add('aws_iam_role_policy_attachment', { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    /no administrators/,
  ],
  [
    'a disk in the clear',
    'prod-data',
    set('aws_db_instance', 'storage_encrypted', false),
    /encrypted by chance/,
  ],
  [
    'a queue in the clear',
    'prod-notify',
    set('aws_sqs_queue', 'kms_master_key_id', undefined),
    /encrypted by chance/,
  ],
  [
    'a public bucket',
    'prod-data',
    set('aws_s3_bucket_public_access_block', 'block_public_policy', false),
    /buckets are private/,
  ],
  ['a bucket without TLS', 'prod-data', drop('aws_s3_bucket_policy'), /without TLS/],
  [
    'an open security group',
    'prod-data',
    set('aws_vpc_security_group_ingress_rule', 'cidr_ipv4', '0.0.0.0/0'),
    /open to the world/,
  ],
  [
    'an open cluster',
    'prod-cluster',
    set('aws_eks_cluster', 'vpc_config', { public_access_cidrs: ['0.0.0.0/0'] }),
    /administered from everywhere/,
  ],
  ['a public database', 'prod-data', set('aws_db_instance', 'publicly_accessible', true), /public address/],
  ['a queue for everybody', 'prod-notify', set('aws_sqs_queue_policy', 'policy', forAll), /for everybody/],
  [
    'a role that may do all',
    'prod-addons',
    set('aws_iam_role_policy', 'policy', everything),
    /only the boundary/,
  ],
  [
    'a role without a boundary',
    'prod-addons',
    set('aws_iam_role', 'permissions_boundary', undefined),
    /has the boundary/,
  ],
  [
    'a tag that moves',
    'prod-registry',
    set('aws_ecr_repository', 'image_tag_mutability', 'MUTABLE'),
    /images keep/,
  ],
  [
    'state without a lock',
    'prod-network',
    ({ terraform }) => {
      terraform.backend = { s3: { encrypt: true } };
    },
    /state is locked/,
  ],
];

describe('a mistake is found:', () => {
  for (const [what, name, change, expected] of mistakes) {
    test(what, () => {
      const stack = structuredClone(stacks.get(name)) as Required<StackJson>;
      change(stack);
      assert.match(faultsOf(stack).join('\n'), expected);
    });
  }
});
