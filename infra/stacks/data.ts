import { DbInstance } from '@cdktn/provider-aws/lib/db-instance/index.js';
import { DbParameterGroup } from '@cdktn/provider-aws/lib/db-parameter-group/index.js';
import { DbSubnetGroup } from '@cdktn/provider-aws/lib/db-subnet-group/index.js';
import type { EksCluster } from '@cdktn/provider-aws/lib/eks-cluster/index.js';
import type { KmsKey } from '@cdktn/provider-aws/lib/kms-key/index.js';
import { MqBroker } from '@cdktn/provider-aws/lib/mq-broker/index.js';
import { S3BucketCorsConfiguration } from '@cdktn/provider-aws/lib/s3-bucket-cors-configuration/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { TerraformVariable, type App } from 'cdktn';
import { makeBucket } from '../constructs/bucket.ts';
import { makeKey } from '../constructs/key.ts';
import { EnvironmentStack, objectsBucketOf } from '../constructs/stack.ts';
import type { Environment } from '../settings.ts';
import { SERVICES } from '../policies/services.ts';
import type { Network } from './network.ts';

export interface Data {
  key: KmsKey;
}

/** What must survive: database, broker, objects, secrets. */
export function data(app: App, env: Environment, net: Network, kubernetes: EksCluster): Data {
  const stack = new EnvironmentStack(app, 'data', env);
  const key = makeKey(stack, 'data');
  const pods = kubernetes.vpcConfig.clusterSecurityGroupId;
  makeDatabase(stack, net, key, pods);
  makeBroker(stack, net, key, pods);
  makeObjects(stack, key);
  // Made empty; a person, or a rotation, puts the values in. No value is ever in the state.
  for (const name of [...SERVICES, 'grafana']) {
    new SecretsmanagerSecret(stack, `secret-${name}`, {
      ...{
        name: `${stack.prefix}/${name}`,
        kmsKeyId: key.arn,
        recoveryWindowInDays: env.protect ? 30 : 0,
      },
    });
  }
  return { key };
}

/** A security group that lets the cluster's pods in by some ports, and nobody else. */
function groupFor(
  stack: EnvironmentStack,
  name: string,
  vpcId: string,
  ports: number[],
  pods: string,
): SecurityGroup {
  const group = new SecurityGroup(stack, `${name}-group`, {
    vpcId,
    description: `${name}, from the cluster`,
  });
  for (const port of ports) {
    const rule = { ipProtocol: 'tcp', fromPort: port, toPort: port, referencedSecurityGroupId: pods };
    new VpcSecurityGroupIngressRule(stack, `${name}-${port}-from-pods`, {
      securityGroupId: group.id,
      ...rule,
    });
  }
  return group;
}

function makeDatabase(stack: EnvironmentStack, net: Network, key: KmsKey, pods: string): void {
  const { data: want, protect } = stack.env;
  const group = groupFor(stack, 'database', net.vpc.id, [5432], pods);
  const subnetIds = net.privateSubnets.map(({ id }) => id);
  const subnets = new DbSubnetGroup(stack, 'database-subnets', { name: stack.prefix, subnetIds });
  const parameter = [{ name: 'rds.force_ssl', value: '1' }];
  const family = { name: `${stack.prefix}-18`, family: 'postgres18' };
  const parameters = new DbParameterGroup(stack, 'database-parameters', { ...family, parameter });
  const database = new DbInstance(stack, 'database', {
    ...{
      identifier: stack.prefix,
      engine: 'postgres',
      engineVersion: '18',
      instanceClass: want.databaseClass,
    },
    ...{ allocatedStorage: want.databaseGigabytes, maxAllocatedStorage: want.databaseGigabytes * 4 },
    ...{ storageType: 'gp3', storageEncrypted: true, kmsKeyId: key.arn, multiAz: want.multiZone },
    ...{ username: 'owner', manageMasterUserPassword: true, masterUserSecretKmsKeyId: key.arn },
    ...{ dbSubnetGroupName: subnets.name, parameterGroupName: parameters.name },
    ...{ vpcSecurityGroupIds: [group.id], publiclyAccessible: false },
    ...{ backupRetentionPeriod: want.backupDays, copyTagsToSnapshot: true, autoMinorVersionUpgrade: true },
    ...{ performanceInsightsEnabled: true, performanceInsightsKmsKeyId: key.arn },
    ...{ enabledCloudwatchLogsExports: ['postgresql'] },
    ...{
      deletionProtection: protect,
      skipFinalSnapshot: !protect,
      finalSnapshotIdentifier: `${stack.prefix}-final`,
    },
  });
  stack.output('database_host', database.address);
  stack.output('database_secret_arn', database.masterUserSecret.get(0).secretArn);
}

function makeBroker(stack: EnvironmentStack, net: Network, key: KmsKey, pods: string): void {
  const { data: want } = stack.env;
  const password = new TerraformVariable(stack, 'broker_password', {
    ...{
      type: 'string',
      sensitive: true,
      nullable: false,
      description: 'Of the broker; at least 12 characters',
    },
  });
  // AMQP for the services; HTTPS for KEDA, which asks how much work there is.
  const group = groupFor(stack, 'broker', net.vpc.id, [5671, 443], pods);
  const subnetIds = net.privateSubnets.slice(0, want.multiZone ? 3 : 1).map(({ id }) => id);
  const broker = new MqBroker(stack, 'broker', {
    ...{
      brokerName: stack.prefix,
      engineType: 'RabbitMQ',
      engineVersion: '4.2',
      hostInstanceType: want.brokerType,
    },
    deploymentMode: want.multiZone ? 'CLUSTER_MULTI_AZ' : 'SINGLE_INSTANCE',
    ...{ subnetIds, securityGroups: [group.id], publiclyAccessible: false, autoMinorVersionUpgrade: true },
    encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: key.arn },
    logs: { general: true },
    user: [{ username: 'video', password: password.stringValue }],
  });
  stack.output('broker_endpoint', broker.instances.get(0).endpoints);
}

/** Objects go by the application's own rules; these are for what it has lost sight of. */
function makeObjects(stack: EnvironmentStack, key: KmsKey): void {
  const { edge, data: want } = stack.env;
  const name = objectsBucketOf(stack.env);
  const bucket = makeBucket(stack, 'objects', name, { keyArn: key.arn, versioned: false });
  const of = { bucket: bucket.id };
  const expire = (prefix: string, days: number) => ({
    ...{
      id: `expire-${prefix}`,
      status: 'Enabled',
      filter: [{ prefix: `${prefix}/` }],
      expiration: [{ days }],
    },
  });
  const rule = [
    {
      ...{ id: 'abandoned-uploads', status: 'Enabled', filter: [{ prefix: '' }] },
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: 31 }],
    },
    ...['sources', 'uploads', 'archives', 'previews'].map((prefix) => expire(prefix, want.objectDays)),
    ...['parts', 'ranges'].map((prefix) => expire(prefix, 7)),
  ];
  new S3BucketLifecycleConfiguration(stack, 'objects-lifecycle', { ...of, rule });
  const origin = { allowedOrigins: [`https://${edge.host}`], allowedHeaders: ['*'], exposeHeaders: ['ETag'] };
  const corsRule = [{ ...origin, allowedMethods: ['GET', 'PUT'], maxAgeSeconds: 3600 }];
  new S3BucketCorsConfiguration(stack, 'objects-cors', { ...of, corsRule });
  stack.output('storage_url', `s3://${name}?region=${stack.env.region}&redirect=true`);
}
