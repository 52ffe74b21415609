import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group/index.js';
import { EksAccessEntry } from '@cdktn/provider-aws/lib/eks-access-entry/index.js';
import { EksAccessPolicyAssociation } from '@cdktn/provider-aws/lib/eks-access-policy-association/index.js';
import { EksAddon } from '@cdktn/provider-aws/lib/eks-addon/index.js';
import { EksCluster } from '@cdktn/provider-aws/lib/eks-cluster/index.js';
import { EksNodeGroup } from '@cdktn/provider-aws/lib/eks-node-group/index.js';
import { EksPodIdentityAssociation } from '@cdktn/provider-aws/lib/eks-pod-identity-association/index.js';
import { LaunchTemplate } from '@cdktn/provider-aws/lib/launch-template/index.js';
import type { App } from 'cdktn';
import { makeKey } from '../constructs/key.ts';
import { makeRole } from '../constructs/role.ts';
import { EnvironmentStack } from '../constructs/stack.ts';
import { podLogsOf } from '../policies/addons.ts';
import { allow, trustPods, trustService } from '../policies/document.ts';
import type { Environment } from '../settings.ts';
import { LOG_KEY, type Network } from './network.ts';

/** The cluster: services on nodes that stay, processors on spot nodes that come and go. */
export function cluster(app: App, env: Environment, { privateSubnets }: Network): EksCluster {
  const stack = new EnvironmentStack(app, 'cluster', env);
  const subnetIds = privateSubnets.map(({ id }) => id);
  const made = makeCluster(stack, subnetIds);
  for (const [at, principalArn] of env.cluster.adminPrincipals.entries())
    admit(stack, made, at, principalArn);
  const nodes = makeRole(stack, 'nodes', {
    trust: trustService('ec2.amazonaws.com'),
    managed: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonEKS_CNI_Policy'],
  });
  const launch = makeLaunchTemplate(stack);
  const { services, processors } = env.cluster;
  const common = {
    clusterName: made.name,
    nodeRoleArn: nodes.arn,
    subnetIds,
    amiType: 'AL2023_ARM_64_STANDARD',
  };
  const template = { launchTemplate: { id: launch.id, version: String(launch.latestVersion) } };
  new EksNodeGroup(stack, 'services', {
    ...{ ...common, ...template, nodeGroupName: 'services', instanceTypes: services.types },
    scalingConfig: { minSize: services.min, maxSize: services.max, desiredSize: services.min },
    labels: { role: 'services' },
    lifecycle: SCALED,
  });
  new EksNodeGroup(stack, 'processors', {
    ...{ ...common, ...template, nodeGroupName: 'processors', instanceTypes: processors.types },
    // A processor that is taken away loses one range; another one takes it up.
    capacityType: 'SPOT',
    scalingConfig: { minSize: processors.min, maxSize: processors.max, desiredSize: processors.min },
    labels: { role: 'processors' },
    taint: [{ key: 'role', value: 'processors', effect: 'NO_SCHEDULE' }],
    lifecycle: SCALED,
  });
  makeAddons(stack, made);
  stack.output('cluster_name', made.name);
  stack.output(
    'kubeconfig_command',
    `aws eks update-kubeconfig --region ${env.region} --name ${stack.prefix}`,
  );
  return made;
}

/** How many there are is the autoscaler's matter. */
const SCALED = { ignoreChanges: ['scaling_config[0].desired_size'] };

function makeCluster(stack: EnvironmentStack, subnetIds: string[]): EksCluster {
  const { account, region, cluster: want } = stack.env;
  const logs = { ...allow(LOG_KEY, ['*']), Principal: { Service: `logs.${region}.amazonaws.com` } };
  const key = makeKey(stack, 'cluster', [logs]);
  const role = makeRole(stack, 'cluster', {
    trust: trustService('eks.amazonaws.com', account),
    statements: [allow(['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'], [key.arn])],
    managed: ['AmazonEKSClusterPolicy'],
  });
  const log = new CloudwatchLogGroup(stack, 'log', {
    ...{ name: `/aws/eks/${stack.prefix}/cluster`, retentionInDays: 30, kmsKeyId: key.arn },
  });
  new CloudwatchLogGroup(stack, 'pod-log', {
    ...{ name: podLogsOf(stack.prefix), retentionInDays: 30, kmsKeyId: key.arn },
  });
  const isPublic = want.adminNetworks.length > 0;
  return new EksCluster(stack, 'eks', {
    name: stack.prefix,
    version: want.version,
    roleArn: role.arn,
    deletionProtection: stack.env.protect,
    enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { resources: ['secrets'], provider: { keyArn: key.arn } },
    vpcConfig: {
      ...{ subnetIds, endpointPrivateAccess: true, endpointPublicAccess: isPublic },
      ...(isPublic ? { publicAccessCidrs: want.adminNetworks } : {}),
    },
    dependsOn: [log],
  });
}

function admit(
  stack: EnvironmentStack,
  { name: clusterName }: EksCluster,
  at: number,
  principalArn: string,
): void {
  const entry = new EksAccessEntry(stack, `admin-${at}`, { clusterName, principalArn, type: 'STANDARD' });
  new EksAccessPolicyAssociation(stack, `admin-${at}-policy`, {
    clusterName,
    principalArn: entry.principalArn,
    policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    accessScope: { type: 'cluster' },
  });
}

/** Disks are encrypted, and pods can't take the node's role from its metadata. */
function makeLaunchTemplate(stack: EnvironmentStack): LaunchTemplate {
  const ebs = { volumeType: 'gp3', volumeSize: 100, encrypted: 'true', deleteOnTermination: 'true' };
  return new LaunchTemplate(stack, 'nodes', {
    name: `${stack.prefix}-nodes`,
    metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1, httpEndpoint: 'enabled' },
    blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs }],
  });
}

function makeAddons(stack: EnvironmentStack, { name: clusterName }: EksCluster): void {
  const configurationValues = JSON.stringify({ enableNetworkPolicy: 'true' });
  new EksAddon(stack, 'addon-vpc-cni', { clusterName, addonName: 'vpc-cni', configurationValues });
  for (const addonName of ['coredns', 'kube-proxy', 'eks-pod-identity-agent', 'metrics-server']) {
    new EksAddon(stack, `addon-${addonName}`, { clusterName, addonName });
  }
  const trust = trustPods(stack.env.account, stack.prefix, 'kube-system', 'ebs-csi-controller-sa');
  const role = makeRole(stack, 'ebs-csi', { trust, managed: ['service-role/AmazonEBSCSIDriverPolicy'] });
  const account = { namespace: 'kube-system', serviceAccount: 'ebs-csi-controller-sa' };
  new EksPodIdentityAssociation(stack, 'ebs-csi-pods', { clusterName, ...account, roleArn: role.arn });
  new EksAddon(stack, 'addon-ebs-csi', { clusterName, addonName: 'aws-ebs-csi-driver' });
}
