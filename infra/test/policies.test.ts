import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { allStacks } from './stacks.ts';

const ACCOUNT = '111122223333';
const bucket = `arn:aws:s3:::video-system-prod-objects-${ACCOUNT}`;
const key = `arn:aws:kms:us-east-1:${ACCOUNT}:key/0e0c0000-0000-4000-8000-000000000000`;
const queue = `arn:aws:sqs:us-east-1:${ACCOUNT}:video-system-prod-mail-events`;
const identity = `arn:aws:ses:us-east-1:${ACCOUNT}:identity/frames.example.com`;
const podLogs = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/eks/video-system-prod/pods`;
const clusterLogs = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/eks/video-system-prod/cluster`;
const nodes = (cluster: string) => `arn:aws:eks:us-east-1:${ACCOUNT}:nodegroup/${cluster}/processors/1-2-3`;
const sender = { 'ses:FromAddress': 'frames@frames.example.com' };

/** The policy of a role as it was synthesized; keys that are not made yet get a name. */
function policyOf(stack: string, name: string): unknown {
  const found = allStacksOnce.get(stack)?.resource?.aws_iam_role_policy?.[`${name}-policy`]?.policy;
  const statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  const text =
    typeof found === 'string' ? found : JSON.stringify({ Version: '2012-10-17', Statement: statement });
  return JSON.parse(text.replaceAll(/\$\{[^}]+\}/g, key));
}
const allStacksOnce = allStacks();
const keyPolicy: unknown = JSON.parse(
  String(allStacksOnce.get('prod-data')?.resource?.aws_kms_key?.['data-key']?.policy),
);

async function may(stack: string, role: string, action: string, resource: string, context = {}) {
  const outcome = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/video-system-prod-${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name: role, policy: policyOf(stack, role) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith('kms:') ? { resourcePolicy: keyPolicy } : {}),
    },
    {},
  );
  assert.ok(outcome.resultType !== 'error', JSON.stringify(outcome));
  return outcome.overallResult === 'Allowed';
}

const FOLDERS = ['sources', 'uploads', 'archives', 'previews', 'parts', 'ranges'];
const ALL = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

/** What each service may do in each folder, as read, write, delete. */
const table: Record<string, Record<string, string>> = {
  api: { sources: 'rw', uploads: 'rwd', archives: 'r', previews: 'r', parts: 'r', ranges: '' },
  auth: {},
  video: { sources: 'd', uploads: 'd', archives: 'd', previews: 'd', parts: 'd', ranges: 'd' },
  processor: { sources: 'r', uploads: 'r', archives: 'rwd', previews: 'rw', parts: 'rw', ranges: 'rw' },
  notify: { previews: 'r' },
};

describe('objects', () => {
  for (const [service, folders] of Object.entries(table)) {
    for (const folder of FOLDERS) {
      test(`${service} in ${folder}: ${folders[folder] ?? 'nothing'}`, async () => {
        const allowed = await Promise.all(
          ALL.map((action) => may('prod-addons', service, action, `${bucket}/${folder}/x`)),
        );
        assert.equal(['r', 'w', 'd'].filter((_, at) => allowed[at]).join(''), folders[folder] ?? '');
      });
    }
  }
});

const cases: [string, string, string, string, object, boolean][] = [
  ['prod-addons', 'processor', 's3:GetObject', 'arn:aws:s3:::another-bucket/sources/x', {}, false],
  ['prod-addons', 'processor', 's3:ListBucket', bucket, {}, true],
  ['prod-addons', 'processor', 's3:DeleteBucket', bucket, {}, false],
  ['prod-addons', 'processor', 's3:PutBucketPolicy', bucket, {}, false],
  ['prod-addons', 'processor', 'ses:SendEmail', identity, sender, false],
  ['prod-addons', 'processor', 'sqs:ReceiveMessage', queue, {}, false],
  [
    'prod-addons',
    'processor',
    'kms:GenerateDataKey',
    key,
    { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
    true,
  ],
  [
    'prod-addons',
    'processor',
    'kms:Decrypt',
    key,
    { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' },
    false,
  ],
  ['prod-addons', 'video', 's3:ListBucketMultipartUploads', bucket, {}, true],
  ['prod-addons', 'notify', 'ses:SendEmail', identity, sender, true],
  [
    'prod-addons',
    'notify',
    'ses:SendEmail',
    identity,
    { 'ses:FromAddress': 'ceo@frames.example.com' },
    false,
  ],
  ['prod-addons', 'notify', 'sqs:ReceiveMessage', queue, {}, true],
  ['prod-addons', 'notify', 'sqs:SendMessage', queue, {}, false],
  ['prod-addons', 'autoscaler', 'eks:DescribeNodegroup', nodes('video-system-prod'), {}, true],
  ['prod-addons', 'autoscaler', 'eks:DescribeNodegroup', nodes('another'), {}, false],
  ['prod-addons', 'notify', 'sqs:DeleteMessage', `${queue}-dead`, {}, false],
  ['prod-addons', 'fluent-bit', 'logs:PutLogEvents', `${podLogs}:log-stream:api`, {}, true],
  ['prod-addons', 'fluent-bit', 'logs:PutLogEvents', `${clusterLogs}:log-stream:audit`, {}, false],
  ['prod-addons', 'fluent-bit', 'logs:GetLogEvents', `${podLogs}:log-stream:api`, {}, false],
  ['prod-addons', 'grafana', 'logs:GetLogEvents', `${podLogs}:log-stream:api`, {}, true],
  ['prod-addons', 'grafana', 'logs:GetLogEvents', `${clusterLogs}:log-stream:audit`, {}, false],
  ['prod-addons', 'grafana', 'logs:PutLogEvents', `${podLogs}:log-stream:api`, {}, false],
  ['prod-addons', 'alertmanager', 'sns:Publish', `arn:aws:sns:us-east-1:${ACCOUNT}:another-topic`, {}, false],
  ['prod-bootstrap', 'ci-plan', 'ec2:DescribeVpcs', '*', {}, true],
  ['prod-bootstrap', 'ci-plan', 'ec2:DeleteVpc', `arn:aws:ec2:us-east-1:${ACCOUNT}:vpc/vpc-1`, {}, false],
  ['prod-bootstrap', 'ci-plan', 's3:GetObject', `${bucket}/sources/x`, {}, false],
  [
    'prod-bootstrap',
    'ci-plan',
    's3:GetObject',
    `arn:aws:s3:::video-system-prod-state-${ACCOUNT}/network.tfstate`,
    {},
    true,
  ],
  [
    'prod-bootstrap',
    'ci-plan',
    's3:PutObject',
    `arn:aws:s3:::video-system-prod-state-${ACCOUNT}/network.tfstate`,
    {},
    false,
  ],
  [
    'prod-bootstrap',
    'ci-apply',
    'secretsmanager:GetSecretValue',
    `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:x-AbCdEf`,
    {},
    false,
  ],
  [
    'prod-bootstrap',
    'ci-apply',
    'iam:CreateRole',
    `arn:aws:iam::${ACCOUNT}:role/video-system-prod-x`,
    {},
    false,
  ],
  [
    'prod-bootstrap',
    'ci-apply',
    'iam:CreateRole',
    `arn:aws:iam::${ACCOUNT}:role/video-system-prod-x`,
    { 'iam:PermissionsBoundary': `arn:aws:iam::${ACCOUNT}:policy/video-system-prod-boundary` },
    true,
  ],
  ['prod-bootstrap', 'ci-apply', 'iam:CreateUser', `arn:aws:iam::${ACCOUNT}:user/x`, {}, false],
  [
    'prod-bootstrap',
    'ci-apply',
    'iam:UpdateAssumeRolePolicy',
    `arn:aws:iam::${ACCOUNT}:role/video-system-prod-ci-apply`,
    {},
    false,
  ],
  [
    'prod-bootstrap',
    'ci-publish',
    'ecr:PutImage',
    `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/ms-api`,
    {},
    true,
  ],
  [
    'prod-bootstrap',
    'ci-publish',
    'ecr:DeleteRepository',
    `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/ms-api`,
    {},
    false,
  ],
];

describe('everything else', () => {
  for (const [stack, role, action, resource, context, expected] of cases) {
    test(`${role} ${expected ? 'may' : 'may not'} ${action} ${resource} ${JSON.stringify(context)}`, async () => {
      assert.equal(await may(stack, role, action, resource, context), expected);
    });
  }
});

test('workflows take a role only where it is meant for', () => {
  const whoMay = (role: string): unknown => {
    const found = allStacksOnce.get('prod-bootstrap')?.resource?.aws_iam_role?.[`ci-${role}-role`];
    const trust = JSON.parse(String(found?.assume_role_policy)) as {
      Statement: { Condition: { StringEquals: Record<string, unknown> } }[];
    };
    return trust.Statement.map(
      ({ Condition }) => Condition.StringEquals['token.actions.githubusercontent.com:sub'],
    );
  };
  const ours = (...situations: string[]) => [
    situations.map((situation) => `repo:example/video-system:${situation}`),
  ];
  assert.deepEqual(whoMay('plan'), ours('pull_request', 'ref:refs/heads/main'));
  assert.deepEqual(whoMay('apply'), ours('environment:prod'));
  assert.deepEqual(whoMay('publish'), ours('ref:refs/heads/main'));
});
