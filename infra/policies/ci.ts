import { allow, type Statement } from './document.ts';

/** The parts of AWS that the stacks are made of. */
const PARTS = [
  ...['acm', 'budgets', 'cloudwatch', 'dynamodb', 'ec2', 'ecr', 'eks', 'kms', 'logs', 'mq', 'rds', 'route53'],
  ...['s3', 'secretsmanager', 'ses', 'sns', 'sqs', 'wafv2', 'elasticloadbalancing', 'autoscaling'],
];

/** Verbs that tell and change nothing. */
const VERBS = ['Describe*', 'Get*', 'List*'];

/** What is never needed to plan or apply: the contents. */
const CONTENTS = ['secretsmanager:GetSecretValue', 'dynamodb:GetItem', 'sqs:ReceiveMessage', 'kms:Decrypt'];

/** Where an environment's state is, and what its names begin with. */
interface Place {
  account: string;
  prefix: string;
  stateBucket: string;
  stateKey: string;
}

/** Reads what there is and its state; a plan changes nothing, and takes no lock. */
export function planPolicy(place: Place): Statement[] {
  const state = `arn:aws:s3:::${place.stateBucket}`;
  return [
    allow(
      [...PARTS.flatMap((part) => VERBS.map((verb) => `${part}:${verb}`)), 'iam:Get*', 'iam:List*'],
      ['*'],
    ),
    allow(['kms:Decrypt'], [place.stateKey]),
    ...blind(place, state),
  ];
}

/** Changes the parts that the stacks are made of; roles only of this project, and only below the boundary. */
export function applyPolicy(place: Place): Statement[] {
  const { account, prefix, stateBucket } = place;
  const role = `arn:aws:iam::${account}:role/${prefix}-*`;
  const boundary = `arn:aws:iam::${account}:policy/${prefix}-boundary`;
  const below = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
  const change = ['PutRolePolicy', 'AttachRolePolicy', 'DetachRolePolicy', 'DeleteRolePolicy'];
  return [
    allow(
      PARTS.map((part) => `${part}:*`),
      ['*'],
    ),
    allow(['iam:Get*', 'iam:List*'], ['*']),
    allow(['iam:CreateRole', ...change.map((verb) => `iam:${verb}`)], [role], below),
    allow(['iam:DeleteRole', 'iam:TagRole', 'iam:UntagRole', 'iam:UpdateAssumeRolePolicy'], [role]),
    allow(['iam:PassRole'], [role], { StringEquals: { 'iam:PassedToService': PASSED } }),
    allow(['iam:CreateServiceLinkedRole'], [`arn:aws:iam::${account}:role/aws-service-role/*`]),
    {
      // The pipeline can't change what limits it.
      Effect: 'Deny',
      Action: ['iam:*'],
      Resource: ['ci-plan', 'ci-apply', 'ci-publish'].map(
        (name) => `arn:aws:iam::${account}:role/${prefix}-${name}`,
      ),
      Condition: { StringNotEquals: { 'iam:PermissionsBoundary': 'never' } },
    },
    ...blind(place, `arn:aws:s3:::${stateBucket}`, ['kms:Decrypt']),
  ];
}

const PASSED = [
  'ec2.amazonaws.com',
  'eks.amazonaws.com',
  'pods.eks.amazonaws.com',
  'vpc-flow-logs.amazonaws.com',
];

/** Nobody reads people's objects or secrets by way of a pipeline. */
function blind(place: Place, state: string, but: string[] = []): Statement[] {
  const hidden = CONTENTS.filter((action) => !but.includes(action) && action !== 'kms:Decrypt');
  const objects = { Action: ['s3:GetObject*'], NotResource: [`${state}/*`] };
  return [
    { Effect: 'Deny', Action: hidden, Resource: ['*'] },
    { Effect: 'Deny', ...objects } as unknown as Statement,
  ];
}

/** Pushes images of this project. */
export function publishPolicy(account: string, region: string): Statement[] {
  const push = ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage'];
  const look = ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer', 'DescribeImages'];
  return [
    allow(['ecr:GetAuthorizationToken'], ['*']),
    allow(
      [...push, ...look].map((verb) => `ecr:${verb}`),
      [`arn:aws:ecr:${region}:${account}:repository/ms-*`],
    ),
  ];
}

/** What no role of this project may do, whatever its policies say. */
export const boundary = (): Statement[] => [
  allow(['*'], ['*']),
  {
    Effect: 'Deny',
    Action: [
      ...['iam:CreateUser', 'iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:CreatePolicyVersion'],
      ...['iam:DeleteRolePermissionsBoundary', 'organizations:*', 'account:*'],
    ],
    Resource: ['*'],
  },
];
