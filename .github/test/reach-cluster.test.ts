import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { principalOf, reach } from '../scripts/reach-cluster.ts';
import { serveAws } from './server.ts';

const ROLE = 'arn:aws:iam::111122223333:role/video-system-prod-ci-apply';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/video-system-prod-ci-apply/github-1';

const IDENTITY = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${SESSION}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;

interface Endpoint {
  endpointPublicAccess: boolean;
  publicAccessCidrs: string[];
}
interface Input {
  principalArn: string;
  policyArn: string;
  resourcesVpcConfig: Endpoint;
}

const refused = (type: string, status: number) => ({
  status,
  headers: { 'x-amzn-ErrorType': type },
  body: '{"message":"no"}',
});

/** EKS with one cluster, or none, and STS. A change of the endpoint takes a few looks. */
async function aws(t: TestContext, given?: Endpoint) {
  const cluster = given && { name: 'video-system-prod', status: 'ACTIVE', resourcesVpcConfig: given };
  const entries: string[] = [];
  let updating = 0;
  let looks = 0;
  const change = (asked: string, input: Input) => {
    if (asked.endsWith('/access-entries')) {
      if (entries.includes(input.principalArn)) return refused('ResourceInUseException', 409);
      entries.push(input.principalArn);
    } else if (asked.endsWith('/access-policies')) {
      entries.push(`${asked.split('/access-entries/')[1] ?? ''} ${input.policyArn}`);
    } else {
      assert.match(asked, /update-config$/);
      Object.assign(cluster?.resourcesVpcConfig ?? {}, input.resourcesVpcConfig);
      updating = 2;
    }
    return { body: '{}' };
  };
  await serveAws(t, (request, body) => {
    if (body.includes('GetCallerIdentity')) return { type: 'text/xml', body: IDENTITY };
    if (!cluster) return refused('ResourceNotFoundException', 404);
    const asked = decodeURIComponent(request.url ?? '');
    if (request.method !== 'GET') return change(asked, JSON.parse(body) as Input);
    looks += 1;
    const status = updating-- > 0 ? 'UPDATING' : 'ACTIVE';
    return { body: JSON.stringify({ cluster: { ...cluster, status } }) };
  });
  return { cluster, entries, looks: () => looks };
}
const quickly = { min: 0.001, max: 30 };

test('the runner’s address and role are admitted beside those that are, and it waits for that', async (t) => {
  const { cluster, entries, looks } = await aws(t, {
    endpointPublicAccess: true,
    publicAccessCidrs: ['198.51.100.0/24'],
  });
  assert.equal(await reach('video-system-prod', '203.0.113.7', quickly), true);
  assert.deepEqual(cluster?.resourcesVpcConfig.publicAccessCidrs, ['198.51.100.0/24', '203.0.113.7/32']);
  assert.equal(entries[0], ROLE);
  assert.match(
    entries[1] ?? '',
    /^arn:aws:iam::\d+:role\/video-system-prod-ci-apply\/access-policies .*AmazonEKSClusterAdminPolicy$/,
  );
  assert.ok(looks() >= 4, 'it looks until the cluster is active again');
});

test('a second time changes nothing', async (t) => {
  const { cluster } = await aws(t, { endpointPublicAccess: true, publicAccessCidrs: [] });
  for (let time = 0; time < 2; time += 1)
    assert.equal(await reach('video-system-prod', '203.0.113.7', quickly), true);
  assert.deepEqual(cluster?.resourcesVpcConfig.publicAccessCidrs, ['203.0.113.7/32']);
});

test('a cluster with a private endpoint only is opened for this address only', async (t) => {
  const { cluster } = await aws(t, { endpointPublicAccess: false, publicAccessCidrs: ['0.0.0.0/0'] });
  await reach('video-system-prod', '203.0.113.7', quickly);
  assert.deepEqual(cluster?.resourcesVpcConfig, {
    endpointPublicAccess: true,
    publicAccessCidrs: ['203.0.113.7/32'],
  });
});

test('where there is no cluster there is nothing to reach', async (t) => {
  await aws(t);
  assert.equal(await reach('video-system-prod', '203.0.113.7', quickly), false);
});

test('access entries name roles, not their sessions; users stay', () => {
  assert.equal(principalOf(SESSION), ROLE);
  assert.equal(principalOf('arn:aws:iam::1:user/ann'), 'arn:aws:iam::1:user/ann');
});
