import { allow, type Statement } from './document.ts';

const OWN = 'elbv2.k8s.aws/cluster';

/** What the AWS Load Balancer Controller calls; it changes only what carries the tag of its cluster. */
export function loadBalancerPolicy(cluster: string): Statement[] {
  const made = { StringEquals: { [`aws:RequestTag/${OWN}`]: cluster } };
  const own = { StringEquals: { [`aws:ResourceTag/${OWN}`]: cluster } };
  const elb = (verbs: string[]) => verbs.map((verb) => `elasticloadbalancing:${verb}`);
  const group = 'arn:aws:ec2:*:*:security-group/*';
  return [
    allow(['elasticloadbalancing:Describe*', ...SEEN.map((verb) => `ec2:${verb}`)], ['*']),
    allow(
      ['acm:ListCertificates', 'acm:DescribeCertificate', 'wafv2:GetWebACL', 'wafv2:GetWebACLForResource'],
      ['*'],
    ),
    allow(['wafv2:AssociateWebACL', 'wafv2:DisassociateWebACL'], ['*']),
    allow(elb(['CreateLoadBalancer', 'CreateTargetGroup']), ['*'], made),
    allow(elb(['AddTags', 'RemoveTags']), ['arn:aws:elasticloadbalancing:*:*:*/*'], made),
    allow(elb(CHANGED), ['*'], own),
    allow(
      elb(['RegisterTargets', 'DeregisterTargets']),
      ['arn:aws:elasticloadbalancing:*:*:targetgroup/*/*'],
      own,
    ),
    allow(['ec2:CreateSecurityGroup'], ['*']),
    allow(['ec2:CreateTags'], [group], made),
    allow(
      ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
      [group],
      own,
    ),
  ];
}

const SEEN = [
  ...[
    'DescribeAvailabilityZones',
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeSecurityGroups',
  ],
  ...['DescribeSubnets', 'DescribeVpcs', 'DescribeInternetGateways', 'DescribeAddresses', 'DescribeTags'],
];
const CHANGED = [
  ...[
    'CreateListener',
    'DeleteListener',
    'CreateRule',
    'DeleteRule',
    'ModifyListener',
    'ModifyRule',
    'SetWebAcl',
  ],
  ...[
    'AddListenerCertificates',
    'RemoveListenerCertificates',
    'DeleteLoadBalancer',
    'ModifyLoadBalancerAttributes',
  ],
  ...[
    'SetSecurityGroups',
    'SetSubnets',
    'ModifyTargetGroup',
    'ModifyTargetGroupAttributes',
    'DeleteTargetGroup',
  ],
];

/** The autoscaler changes the size of this cluster's groups of nodes. */
export function autoscalerPolicy(cluster: string): Statement[] {
  const own = { StringEquals: { 'aws:ResourceTag/eks:cluster-name': cluster } };
  const look = [
    'DescribeAutoScalingGroups',
    'DescribeAutoScalingInstances',
    'DescribeLaunchConfigurations',
    'DescribeTags',
  ];
  return [
    allow(
      [...look, 'DescribeScalingActivities'].map((verb) => `autoscaling:${verb}`),
      ['*'],
    ),
    allow(['ec2:DescribeInstanceTypes', 'ec2:DescribeLaunchTemplateVersions', 'ec2:DescribeImages'], ['*']),
    allow(['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'], ['*'], own),
    // Labels and taints of a group that has no node to look at: the processors', most of the time.
    allow(['eks:DescribeNodegroup'], [`arn:aws:eks:*:*:nodegroup/${cluster}/*/*`]),
  ];
}

/** External Secrets reads this environment's secrets, and nothing else. */
export const secretsPolicy = (secrets: string, key: string, region: string): Statement[] => [
  allow(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [secrets]),
  allow(['kms:Decrypt'], [key], {
    StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
  }),
];

/** Where Fluent Bit writes what pods print. */
export const podLogsOf = (cluster: string): string => `/aws/eks/${cluster}/pods`;

/** Fluent Bit adds to the log group that is there; it makes none and changes none. */
export const writeLogsPolicy = (group: string): Statement[] => [
  allow(['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], [`${group}:*`]),
];

/** Grafana searches the pods' logs. */
export const readLogsPolicy = (group: string): Statement[] => [
  allow(['logs:StartQuery', 'logs:FilterLogEvents', 'logs:GetLogEvents'], [`${group}:*`]),
  // These know no resources, or only that of the query.
  allow(
    ['logs:GetQueryResults', 'logs:StopQuery', 'logs:GetLogGroupFields', 'logs:DescribeLogGroups'],
    ['*'],
  ),
];

/** Alertmanager tells those who are told by the alarms. */
export const alertPolicy = (topic: string, key: string, region: string): Statement[] => [
  allow(['sns:Publish'], [topic]),
  allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key], {
    StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com` },
  }),
];
