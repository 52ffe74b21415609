// Lets this runner administer a cluster that is about to be destroyed: its API admits the administrators' networks
// and roles only. What this opens goes with the cluster.
// Usage: reach-cluster.ts CLUSTER
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateClusterConfigCommand,
  waitUntilClusterActive,
  type Cluster,
} from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { command, Fault, output } from './program.ts';

const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';

/** The role behind a session, as access entries name it. */
export const principalOf = (arn: string): string =>
  arn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, 'arn:aws:iam::$1:role/$2');

/**
 * Admit an address and a principal.
 * @returns false when there is no such cluster
 */
export async function reach(
  name: string,
  address: string,
  waitSeconds = { min: 5, max: 900 },
): Promise<boolean> {
  const client = new EKSClient();
  const cluster = await describe(client, name);
  if (!cluster) return false;
  const { Arn = '' } = await new STSClient().send(new GetCallerIdentityCommand());
  await admitPrincipal(client, name, principalOf(Arn));
  await admitAddress(client, cluster, `${address}/32`);
  const patience = {
    client,
    minDelay: waitSeconds.min,
    maxDelay: waitSeconds.min,
    maxWaitTime: waitSeconds.max,
  };
  await waitUntilClusterActive(patience, { name });
  return true;
}

async function describe(client: EKSClient, name: string): Promise<Cluster | undefined> {
  try {
    return (await client.send(new DescribeClusterCommand({ name }))).cluster;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function admitPrincipal(client: EKSClient, clusterName: string, principalArn: string): Promise<void> {
  const who = { clusterName, principalArn };
  await client.send(new CreateAccessEntryCommand(who)).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  const accessScope = { type: 'cluster' } as const;
  await client.send(new AssociateAccessPolicyCommand({ ...who, policyArn: ADMIN, accessScope }));
}

async function admitAddress(client: EKSClient, cluster: Cluster, network: string): Promise<void> {
  const { endpointPublicAccess, publicAccessCidrs = [] } = cluster.resourcesVpcConfig ?? {};
  const known = endpointPublicAccess ? publicAccessCidrs : [];
  if (known.includes(network)) return;
  const resourcesVpcConfig = { endpointPublicAccess: true, publicAccessCidrs: [...known, network] };
  await client.send(new UpdateClusterConfigCommand({ name: cluster.name, resourcesVpcConfig }));
}

async function ownAddress(): Promise<string> {
  const answer = await fetch('https://checkip.amazonaws.com');
  const address = (await answer.text()).trim();
  if (!/^\d+(\.\d+){3}$/.test(address)) throw new Fault('no_address', `This is no IPv4 address: ${address}`);
  return address;
}

if (import.meta.main) {
  const [name = ''] = process.argv.slice(2);
  await command(async () => output('there', String(await reach(name, await ownAddress()))));
}
