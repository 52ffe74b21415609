// Waits until nothing is left that the cluster's controllers made in the network, and that Terraform doesn't know:
// load balancers, their network interfaces and security groups. They keep a network from being deleted.
// Usage: wait-gone.ts ENVIRONMENT [SECONDS]
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { command, Fault } from './program.ts';

/** The networks of an environment, by the tags that every stack puts on what it makes. */
async function networksOf(ec2: EC2Client, environment: string): Promise<string[]> {
  const tags = { project: 'video-system', environment };
  const Filters = Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters }));
  return Vpcs.flatMap(({ VpcId }) => VpcId ?? []);
}

/** What is left in networks, each as a kind and an id. */
async function leftIn(ec2: EC2Client, networks: string[]): Promise<string[]> {
  const balancers: string[] = [];
  for await (const page of paginateDescribeLoadBalancers({ client: new ElasticLoadBalancingV2Client() }, {}))
    for (const { VpcId = '', LoadBalancerName } of page.LoadBalancers ?? [])
      if (networks.includes(VpcId)) balancers.push(`load balancer ${LoadBalancerName ?? ''}`);
  const within = (Name: string, value: string) => ({
    Filters: [
      { Name: 'vpc-id', Values: networks },
      { Name, Values: [value] },
    ],
  });
  const [{ NetworkInterfaces = [] }, { SecurityGroups = [] }] = await Promise.all([
    ec2.send(new DescribeNetworkInterfacesCommand(within('description', 'ELB *'))),
    ec2.send(new DescribeSecurityGroupsCommand(within('group-name', 'k8s-*'))),
  ]);
  return [
    ...balancers,
    ...NetworkInterfaces.map((found) => `network interface ${found.NetworkInterfaceId ?? ''}`),
    ...SecurityGroups.map(({ GroupId }) => `security group ${GroupId ?? ''}`),
  ];
}

export interface Patience {
  seconds: number;
  /** Between looks. */
  pauseMs: number;
  say: (sentence: string) => void;
}

/**
 * Wait until an environment's networks hold nothing of the controllers'. AWS tells of no end, so it is asked again and again.
 * @throws Fault `still_there` that names what is left
 */
export async function waitUntilGone(environment: string, { seconds, pauseMs, say }: Patience): Promise<void> {
  const ec2 = new EC2Client();
  const networks = await networksOf(ec2, environment);
  const end = performance.now() + seconds * 1000;
  let told = '';
  for (;;) {
    const list = networks.length === 0 ? '' : (await leftIn(ec2, networks)).join(', ');
    if (list !== told) say(`left: ${list || 'nothing'}`);
    if (list === '') return;
    told = list;
    if (performance.now() > end) throw new Fault('still_there', `after ${seconds} s there is still: ${list}`);
    await pause(pauseMs);
  }
}

if (import.meta.main) {
  const [environment = '', seconds = '900'] = process.argv.slice(2);
  const say = (sentence: string) => {
    console.log(sentence);
  };
  await command(() => waitUntilGone(environment, { seconds: Number(seconds), pauseMs: 10_000, say }));
}
