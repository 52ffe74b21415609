import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { waitUntilGone } from '../scripts/wait-gone.ts';
import { serveAws } from './server.ts';

interface Network {
  balancers: string[];
  interfaces: string[];
  groups: string[];
}

const empty = { balancers: [], interfaces: [], groups: [] };

/** A list in EC2's XML. */
const items = (tag: string, inner: string, ids: string[]) =>
  `<${tag}>${ids.map((id) => `<item><${inner}>${id}</${inner}></item>`).join('')}</${tag}>`;

/** A list in Elastic Load Balancing's; those of the controller begin as it names them. */
const members = (names: string[]) => {
  const network = (name: string) => (name.startsWith('k8s') ? 'vpc-ours' : 'vpc-other');
  const member = (name: string) =>
    `<member><LoadBalancerName>${name}</LoadBalancerName><VpcId>${network(name)}</VpcId></member>`;
  const list = `<LoadBalancers>${names.map(member).join('')}</LoadBalancers>`;
  return `<DescribeLoadBalancersResult>${list}</DescribeLoadBalancersResult>`;
};

/**
 * EC2 and Elastic Load Balancing, as their SDK talks to them: forms in, XML out.
 * @param states of the network, one for each look; the last one stays
 */
async function aws(t: TestContext, states: Network[], networks = ['vpc-ours']) {
  const filters: string[] = [];
  let look = 0;
  const now = () => states[Math.min(look, states.length) - 1] ?? empty;
  const actions: Record<string, () => string> = {
    DescribeVpcs: () => items('vpcSet', 'vpcId', networks),
    DescribeLoadBalancers: () => {
      // Each look begins with them.
      look += 1;
      return members(now().balancers);
    },
    DescribeNetworkInterfaces: () => items('networkInterfaceSet', 'networkInterfaceId', now().interfaces),
    DescribeSecurityGroups: () => items('securityGroupInfo', 'groupId', now().groups),
  };
  await serveAws(t, (_request, body) => {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    for (const [name, value] of form)
      if (name.startsWith('Filter')) filters.push(`${action} ${name}=${value}`);
    const answer = actions[action];
    if (!answer) return { status: 400, body: '' };
    return { type: 'text/xml', body: `<${action}Response>${answer()}</${action}Response>` };
  });
  return { filters, looks: () => look };
}

const patience = (seconds = 60) => {
  const said: string[] = [];
  return { said, seconds, pauseMs: 1, say: (sentence: string) => void said.push(sentence) };
};

test('it waits for load balancer, interfaces and security groups, and says what is left', async (t) => {
  const { looks, filters } = await aws(t, [
    { balancers: ['k8s-video'], interfaces: ['eni-1', 'eni-2'], groups: ['sg-1'] },
    { balancers: ['k8s-video'], interfaces: ['eni-1', 'eni-2'], groups: ['sg-1'] },
    { ...empty, interfaces: ['eni-2'] },
    empty,
  ]);
  const way = patience();
  await waitUntilGone('prod', way);
  assert.deepEqual(way.said, [
    'left: load balancer k8s-video, network interface eni-1, network interface eni-2, security group sg-1',
    'left: network interface eni-2',
    'left: nothing',
  ]);
  assert.equal(looks(), 4);
  for (const filter of [
    'DescribeVpcs Filter.1.Name=tag:project',
    'DescribeVpcs Filter.2.Value.1=prod',
    'DescribeNetworkInterfaces Filter.1.Value.1=vpc-ours',
    'DescribeNetworkInterfaces Filter.2.Value.1=ELB *',
    'DescribeSecurityGroups Filter.2.Value.1=k8s-*',
  ])
    assert.ok(filters.includes(filter), filter);
});

test('load balancers of other networks are not waited for', async (t) => {
  await aws(t, [{ ...empty, balancers: ['somebody-else'] }]);
  await waitUntilGone('prod', patience());
});

test('without a network there is nothing to wait for', async (t) => {
  const { looks } = await aws(t, [], []);
  await waitUntilGone('prod', patience());
  assert.equal(looks(), 0);
});

test('what stays ends the wait with its name', async (t) => {
  await aws(t, [{ ...empty, interfaces: ['eni-9'] }]);
  await assert.rejects(waitUntilGone('prod', patience(0)), {
    code: 'still_there',
    message: /network interface eni-9/,
  });
});

test('an answer that is none is no sign that nothing is left', async (t) => {
  await serveAws(t, () => ({ status: 500, type: 'text/xml', body: '<Response/>' }));
  await assert.rejects(waitUntilGone('prod', patience()));
});
