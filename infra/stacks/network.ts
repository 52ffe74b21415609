import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group/index.js';
import { DefaultSecurityGroup } from '@cdktn/provider-aws/lib/default-security-group/index.js';
import { Eip } from '@cdktn/provider-aws/lib/eip/index.js';
import { FlowLog } from '@cdktn/provider-aws/lib/flow-log/index.js';
import { InternetGateway } from '@cdktn/provider-aws/lib/internet-gateway/index.js';
import { NatGateway } from '@cdktn/provider-aws/lib/nat-gateway/index.js';
import { Route } from '@cdktn/provider-aws/lib/route/index.js';
import { RouteTable } from '@cdktn/provider-aws/lib/route-table/index.js';
import { RouteTableAssociation } from '@cdktn/provider-aws/lib/route-table-association/index.js';
import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
import { Subnet } from '@cdktn/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktn/provider-aws/lib/vpc/index.js';
import { VpcEndpoint } from '@cdktn/provider-aws/lib/vpc-endpoint/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import type { App } from 'cdktn';
import { makeKey } from '../constructs/key.ts';
import { makeRole } from '../constructs/role.ts';
import { EnvironmentStack } from '../constructs/stack.ts';
import { allow, trustService } from '../policies/document.ts';
import type { Environment } from '../settings.ts';

const ZONES = ['a', 'b', 'c'];
const ANYWHERE = '0.0.0.0/0';

export interface Network {
  vpc: Vpc;
  privateSubnets: Subnet[];
}

/** A network over three zones: load balancers and NAT in public subnets, everything else in private ones. */
export function network(app: App, env: Environment): Network {
  const stack = new EnvironmentStack(app, 'network', env);
  const names = { enableDnsHostnames: true, enableDnsSupport: true };
  const vpc = new Vpc(stack, 'vpc', { cidrBlock: env.network.cidr, ...names, tags: { Name: stack.prefix } });
  // Whoever forgets to name a security group gets one that lets nothing through.
  new DefaultSecurityGroup(stack, 'default', { vpcId: vpc.id });
  const out = new InternetGateway(stack, 'internet', { vpcId: vpc.id });
  const publicTable = new RouteTable(stack, 'public', { vpcId: vpc.id });
  const toInternet = { destinationCidrBlock: ANYWHERE, gatewayId: out.id };
  new Route(stack, 'public-out', { routeTableId: publicTable.id, ...toInternet });

  const privateSubnets: Subnet[] = [];
  const tables: RouteTable[] = [];
  let nat: NatGateway | undefined;
  for (const [at, zone] of ZONES.entries()) {
    const open = makeSubnet(stack, vpc, { at, zone, kind: 'public' });
    new RouteTableAssociation(stack, `public-${zone}-routes`, {
      subnetId: open.id,
      routeTableId: publicTable.id,
    });
    if (!nat || env.network.natPerZone) nat = makeNat(stack, zone, open);
    const subnet = makeSubnet(stack, vpc, { at, zone, kind: 'private' });
    const table = new RouteTable(stack, `private-${zone}-table`, { vpcId: vpc.id });
    const toNat = { destinationCidrBlock: ANYWHERE, natGatewayId: nat.id };
    new Route(stack, `private-${zone}-out`, { routeTableId: table.id, ...toNat });
    new RouteTableAssociation(stack, `private-${zone}-routes`, {
      subnetId: subnet.id,
      routeTableId: table.id,
    });
    privateSubnets.push(subnet);
    tables.push(table);
  }
  makeEndpoints(stack, vpc, privateSubnets, tables);
  makeFlowLog(stack, vpc);
  stack.output('vpc_id', vpc.id);
  return { vpc, privateSubnets };
}

interface Where {
  at: number;
  zone: string;
  kind: 'public' | 'private';
}

/** Private subnets are large: every pod has an address. The tags tell load balancers where they may be. */
function makeSubnet(stack: EnvironmentStack, vpc: Vpc, { at, zone, kind }: Where): Subnet {
  const [first, second] = stack.env.network.cidr.split('.');
  const range = kind === 'private' ? `${at * 64}.0/18` : `${192 + at}.0/24`;
  const tag = kind === 'private' ? 'kubernetes.io/role/internal-elb' : 'kubernetes.io/role/elb';
  return new Subnet(stack, `${kind}-${zone}`, {
    vpcId: vpc.id,
    availabilityZone: `${stack.env.region}${zone}`,
    cidrBlock: `${first ?? ''}.${second ?? ''}.${range}`,
    mapPublicIpOnLaunch: false,
    tags: { Name: `${stack.prefix}-${kind}-${zone}`, [tag]: '1' },
  });
}

function makeNat(stack: EnvironmentStack, zone: string, subnet: Subnet): NatGateway {
  const address = new Eip(stack, `nat-${zone}-address`, { domain: 'vpc' });
  return new NatGateway(stack, `nat-${zone}`, { subnetId: subnet.id, allocationId: address.id });
}

/** Bytes of videos and images go to S3 and ECR without the NAT, which is paid by the gigabyte. */
function makeEndpoints(stack: EnvironmentStack, vpc: Vpc, subnets: Subnet[], tables: RouteTable[]): void {
  const service = (name: string) => `com.amazonaws.${stack.env.region}.${name}`;
  const routeTableIds = tables.map(({ id }) => id);
  const gateway = { vpcId: vpc.id, serviceName: service('s3'), vpcEndpointType: 'Gateway' };
  new VpcEndpoint(stack, 'endpoint-s3', { ...gateway, routeTableIds });
  const group = new SecurityGroup(stack, 'endpoints', {
    vpcId: vpc.id,
    description: 'Endpoints, from within',
  });
  const https = { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIpv4: stack.env.network.cidr };
  new VpcSecurityGroupIngressRule(stack, 'endpoints-https', { securityGroupId: group.id, ...https });
  for (const name of ['ecr.api', 'ecr.dkr']) {
    new VpcEndpoint(stack, `endpoint-${name.replace('.', '-')}`, {
      ...{ vpcId: vpc.id, serviceName: service(name), vpcEndpointType: 'Interface', privateDnsEnabled: true },
      ...{ subnetIds: subnets.map(({ id }) => id), securityGroupIds: [group.id] },
    });
  }
}

function makeFlowLog(stack: EnvironmentStack, vpc: Vpc): void {
  const { account, region } = stack.env;
  const logs = { ...allow(LOG_KEY, ['*']), Principal: { Service: `logs.${region}.amazonaws.com` } };
  const key = makeKey(stack, 'network-logs', [logs]);
  const name = `/${stack.prefix}/network`;
  const group = new CloudwatchLogGroup(stack, 'flow', { name, retentionInDays: 30, kmsKeyId: key.arn });
  const write = ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];
  const statements = [allow(write, [`arn:aws:logs:${region}:${account}:log-group:${name}:*`])];
  const role = makeRole(stack, 'flow-logs', {
    trust: trustService('vpc-flow-logs.amazonaws.com', account),
    statements,
  });
  new FlowLog(stack, 'flow-log', {
    ...{ vpcId: vpc.id, trafficType: 'ALL', iamRoleArn: role.arn, logDestination: group.arn },
  });
}

/** What CloudWatch Logs does with a key. */
export const LOG_KEY = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
  'kms:DescribeKey',
];
