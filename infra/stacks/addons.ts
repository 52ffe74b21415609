import { BudgetsBudget } from '@cdktn/provider-aws/lib/budgets-budget/index.js';
import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import type { EksCluster } from '@cdktn/provider-aws/lib/eks-cluster/index.js';
import { EksPodIdentityAssociation } from '@cdktn/provider-aws/lib/eks-pod-identity-association/index.js';
import { SnsTopic } from '@cdktn/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktn/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktn/provider-aws/lib/sns-topic-subscription/index.js';
import type { App } from 'cdktn';
import { makeKey, serviceUser } from '../constructs/key.ts';
import { makeRole } from '../constructs/role.ts';
import { EnvironmentStack, objectsBucketOf } from '../constructs/stack.ts';
import {
  alertPolicy,
  autoscalerPolicy,
  loadBalancerPolicy,
  podLogsOf,
  readLogsPolicy,
  secretsPolicy,
  writeLogsPolicy,
} from '../policies/addons.ts';
import { allow, document, trustPods, type Statement } from '../policies/document.ts';
import { policyOf, SERVICES, type Resources } from '../policies/services.ts';
import type { Environment } from '../settings.ts';
import type { Data } from './data.ts';
import { arnOf, eventsQueueOf, type Mail } from './notify.ts';

interface Parts {
  kubernetes: EksCluster;
  kept: Data;
  mail: Mail;
}

/** What runs in the cluster may do, each by its own role; and who is told when something is wrong or dear. */
export function addons(app: App, env: Environment, { kubernetes, kept, mail }: Parts): void {
  const stack = new EnvironmentStack(app, 'addons', env);
  const admit = (name: string, namespace: string, serviceAccount: string, statements: Statement[]) => {
    const trust = trustPods(env.account, stack.prefix, namespace, serviceAccount);
    const role = makeRole(stack, name, { trust, statements });
    const pods = { clusterName: kubernetes.name, namespace, serviceAccount, roleArn: role.arn };
    new EksPodIdentityAssociation(stack, `${name}-pods`, pods);
    return role.arn;
  };
  const use = resourcesOf(env, kept.key.arn, mail.key.arn);
  const arns = SERVICES.map(
    (name) => [name, admit(name, 'video-system', name, policyOf(name, use))] as const,
  );
  stack.output('app_irsa_role_arn', Object.fromEntries(arns));
  const balancer = 'aws-load-balancer-controller';
  const arn = admit('load-balancer', 'kube-system', balancer, loadBalancerPolicy(stack.prefix));
  stack.output('lb_controller_role_arn', arn);
  admit('autoscaler', 'kube-system', 'cluster-autoscaler', autoscalerPolicy(stack.prefix));
  const secrets = arnOf(env, 'secretsmanager', `secret:${stack.prefix}/*`);
  const readSecrets = secretsPolicy(secrets, kept.key.arn, env.region);
  admit('external-secrets', 'external-secrets', 'external-secrets', readSecrets);
  const logs = arnOf(env, 'logs', `log-group:${podLogsOf(stack.prefix)}`);
  admit('fluent-bit', 'logging', 'fluent-bit', writeLogsPolicy(logs));
  admit('grafana', 'monitoring', 'grafana', readLogsPolicy(logs));
  const alarms = watch(stack);
  admit('alertmanager', 'monitoring', 'alertmanager', alertPolicy(alarms.topic, alarms.key, env.region));
}

/** What the services work with. */
export function resourcesOf(env: Environment, key: string, queueKey: string): Resources {
  return {
    ...{ key, queueKey, region: env.region, sender: env.mail.sender },
    bucket: `arn:aws:s3:::${objectsBucketOf(env)}`,
    mailIdentity: arnOf(env, 'ses', `identity/${env.mail.domain}`),
    configurationSet: arnOf(env, 'ses', `configuration-set/video-system-${env.name}`),
    eventsQueue: arnOf(env, 'sqs', eventsQueueOf(env)),
  };
}

/** @returns who is told, and the key of that */
function watch(stack: EnvironmentStack): { topic: string; key: string } {
  const { env, prefix } = stack;
  const services = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];
  const key = makeKey(
    stack,
    'alarms',
    services.map((service) => serviceUser(env.account, service)),
  );
  const topic = new SnsTopic(stack, 'alarms', { name: `${prefix}-alarms`, kmsMasterKeyId: key.arn });
  const own = { StringEquals: { 'aws:SourceAccount': env.account } };
  const publish = allow(['sns:Publish'], [arnOf(env, 'sns', `${prefix}-alarms`)], own);
  const policy = document([{ ...publish, Principal: { Service: services } }]);
  new SnsTopicPolicy(stack, 'alarms-policy', { arn: topic.arn, policy });
  const reader = { protocol: 'email', endpoint: env.budget.email };
  new SnsTopicSubscription(stack, 'alarms-mail', { topicArn: topic.arn, ...reader });
  for (const alarm of alarmsOf(env, prefix)) makeAlarm(stack, topic.arn, alarm);
  new BudgetsBudget(stack, 'budget', {
    ...{ name: prefix, budgetType: 'COST', timeUnit: 'MONTHLY' },
    ...{ limitAmount: String(env.budget.dollars), limitUnit: 'USD' },
    notification: [
      { ...overLimit(80), notificationType: 'ACTUAL', subscriberSnsTopicArns: [topic.arn] },
      { ...overLimit(100), notificationType: 'FORECASTED', subscriberSnsTopicArns: [topic.arn] },
    ],
  });
  return { topic: topic.arn, key: key.arn };
}

const overLimit = (threshold: number) => ({
  ...{ comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
});

interface Alarm {
  name: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  statistic: string;
  above?: number;
  below?: number;
}

/** What Kubernetes can't see; the rest is told by Prometheus. */
function alarmsOf(env: Environment, prefix: string): Alarm[] {
  const database = {
    namespace: 'AWS/RDS',
    dimensions: { DBInstanceIdentifier: prefix },
    statistic: 'Average',
  };
  const broker = { namespace: 'AWS/AmazonMQ', dimensions: { Broker: prefix }, statistic: 'Maximum' };
  const dead = { QueueName: `${eventsQueueOf(env)}-dead` };
  return [
    { name: 'database-cpu', metric: 'CPUUtilization', above: 80, ...database },
    { name: 'database-disk', metric: 'FreeStorageSpace', below: 5 * 1024 ** 3, ...database },
    { name: 'broker-memory', metric: 'RabbitMQMemUsed', above: 3 * 1024 ** 3, ...broker },
    {
      name: 'mail-dead',
      namespace: 'AWS/SQS',
      dimensions: dead,
      statistic: 'Maximum',
      metric: SQS_WAITING,
      above: 0,
    },
    {
      name: 'mail-complaints',
      namespace: 'AWS/SES',
      dimensions: {},
      statistic: 'Average',
      metric: COMPLAINTS,
      above: 0.001,
    },
  ];
}

const SQS_WAITING = 'ApproximateNumberOfMessagesVisible';
const COMPLAINTS = 'Reputation.ComplaintRate';

function makeAlarm(stack: EnvironmentStack, topic: string, alarm: Alarm): void {
  const { name, namespace, metric, dimensions, statistic, above, below } = alarm;
  new CloudwatchMetricAlarm(stack, `alarm-${name}`, {
    ...{ alarmName: `${stack.prefix}-${name}`, namespace, metricName: metric, dimensions, statistic },
    comparisonOperator: above === undefined ? 'LessThanThreshold' : 'GreaterThanThreshold',
    ...{
      threshold: above ?? below ?? 0,
      period: 300,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
    },
    ...{ alarmActions: [topic], okActions: [topic] },
  });
}
