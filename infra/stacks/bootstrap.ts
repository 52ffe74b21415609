import { IamOpenidConnectProvider } from '@cdktn/provider-aws/lib/iam-openid-connect-provider/index.js';
import { IamPolicy } from '@cdktn/provider-aws/lib/iam-policy/index.js';
import type { App } from 'cdktn';
import { makeBucket } from '../constructs/bucket.ts';
import { makeKey } from '../constructs/key.ts';
import { makeRole } from '../constructs/role.ts';
import { EnvironmentStack, stateBucketOf } from '../constructs/stack.ts';
import { applyPolicy, boundary, planPolicy, publishPolicy } from '../policies/ci.ts';
import { document, trustWorkflows } from '../policies/document.ts';
import type { Environment } from '../settings.ts';

const MAIN = 'ref:refs/heads/main';

/** Where state is kept, and the roles of the pipelines. A person applies this one; no pipeline may. */
export function bootstrap(app: App, env: Environment): void {
  const stack = new EnvironmentStack(app, 'bootstrap', env);
  const { prefix } = stack;
  const key = makeKey(stack, 'state');
  const stateBucket = stateBucketOf(env);
  makeBucket(stack, 'state', stateBucket, { keyArn: key.arn, versioned: true });
  const policy = document(boundary());
  const limit = new IamPolicy(stack, 'boundary', { name: `${prefix}-boundary`, policy });

  const url = 'https://token.actions.githubusercontent.com';
  const provider = new IamOpenidConnectProvider(stack, 'github', {
    url,
    clientIdList: ['sts.amazonaws.com'],
  });
  const place = { account: env.account, prefix, stateBucket, stateKey: key.arn };
  const roles = {
    // Also from main: to look for drift, and to show what an approval is about.
    plan: { subjects: ['pull_request', MAIN], statements: planPolicy(place), hours: 1 },
    // A cluster and a database take longer than an hour to make.
    apply: { subjects: [`environment:${env.name}`], statements: applyPolicy(place), hours: 3 },
    publish: { subjects: [MAIN], statements: publishPolicy(env.account, env.region), hours: 1 },
  };
  for (const [name, { subjects, statements, hours }] of Object.entries(roles)) {
    const trust = trustWorkflows(provider.arn, env.repository, subjects);
    const role = makeRole(stack, `ci-${name}`, { trust, statements, hours });
    role.node.addDependency(limit);
    // The one that most workflows take has the plain name.
    stack.output(name === 'publish' ? 'github_actions_role_arn' : `github_${name}_role_arn`, role.arn);
  }
  stack.output('state_bucket', stateBucket);
}
