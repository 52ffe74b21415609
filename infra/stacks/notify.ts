import type { KmsKey } from '@cdktn/provider-aws/lib/kms-key/index.js';
import { SnsTopic } from '@cdktn/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktn/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktn/provider-aws/lib/sns-topic-subscription/index.js';
import type { App } from 'cdktn';
import { DynamoDbTable } from '../constructs/dynamodb-table.ts';
import { makeKey, serviceUser } from '../constructs/key.ts';
import { SesEmailIdentity } from '../constructs/ses-email-identity.ts';
import { SqsQueue } from '../constructs/sqs-queue.ts';
import { EnvironmentStack, prefixOf } from '../constructs/stack.ts';
import { allow, document } from '../policies/document.ts';
import type { Environment } from '../settings.ts';

export interface Mail {
  key: KmsKey;
}

/** The ARN of something with a name in an environment. */
export const arnOf = (env: Environment, service: string, name: string): string =>
  `arn:aws:${service}:${env.region}:${env.account}:${name}`;

/** The queue of bounces and complaints. */
export const eventsQueueOf = (env: Environment): string => `${prefixOf(env)}-mail-events`;

/** Sending mail: SES tells a topic of bounces and complaints, the topic a queue, and `notify` takes them from there. */
export function notify(app: App, env: Environment): Mail {
  const stack = new EnvironmentStack(app, 'notify', env);
  const key = makeKey(stack, 'mail', [serviceUser(env.account, 'ses.amazonaws.com'), forTopics(env)]);
  const name = eventsQueueOf(env);
  const topicArn = arnOf(env, 'sns', name);
  const topic = new SnsTopic(stack, 'topic', { name, kmsMasterKeyId: key.arn });
  const own = { StringEquals: { 'aws:SourceAccount': env.account } };
  const publisher = {
    ...allow(['sns:Publish'], [topicArn], own),
    Principal: { Service: 'ses.amazonaws.com' },
  };
  new SnsTopicPolicy(stack, 'topic-policy', { arn: topic.arn, policy: document([publisher]) });

  const arn = arnOf(env, 'sqs', name);
  const fromTopic = { ArnEquals: { 'aws:SourceArn': topicArn } };
  const sender = {
    ...allow(['sqs:SendMessage'], [arn], fromTopic),
    Principal: { Service: 'sns.amazonaws.com' },
  };
  const events = new SqsQueue(stack, 'events', { name, arn, keyArn: key.arn, senders: [sender] });
  const to = { protocol: 'sqs', endpoint: events.queue.arn, rawMessageDelivery: true };
  new SnsTopicSubscription(stack, 'subscription', { topicArn: topic.arn, ...to });

  // A list for everything else that sends from this domain; the application's own is in its database.
  const log = new DynamoDbTable(stack, 'suppressions', {
    ...{ name: `${stack.prefix}-suppressions`, hashKey: 'address', ttl: 'expiresAt' },
    ...{ keyArn: key.arn, protect: env.protect },
  });
  const { domain, sender: from } = env.mail;
  const identity = { domain, name: stack.prefix, topicArn: topic.arn, zoneId: env.edge.zoneId };
  const ses = new SesEmailIdentity(stack, 'ses', identity);
  stack.output('ms_notify_sqs_queue_url', events.queue.url);
  stack.output('ms_notify_dynamodb_table_name', log.table.name);
  stack.output('ms_notify_ses_sender_email', from);
  stack.output('dkim_records', ses.dkimRecords);
  return { key };
}

const forTopics = (env: Environment) => serviceUser(env.account, 'sns.amazonaws.com');
