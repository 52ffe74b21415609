import { EcrLifecyclePolicy } from '@cdktn/provider-aws/lib/ecr-lifecycle-policy/index.js';
import { EcrRepository } from '@cdktn/provider-aws/lib/ecr-repository/index.js';
import type { App } from 'cdktn';
import { makeKey } from '../constructs/key.ts';
import { EnvironmentStack } from '../constructs/stack.ts';
import { SERVICES } from '../policies/services.ts';
import type { Environment } from '../settings.ts';

const lifecycle = {
  rules: [
    {
      rulePriority: 1,
      description: 'Layers of a push that broke off',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      // Each release is three: the image, its signature and its bill of materials.
      description: 'Enough to go back to: 50 releases',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 150 },
      action: { type: 'expire' },
    },
  ],
};

/** The images of the services: a tag, once pushed, never changes. */
export function registry(app: App, env: Environment): void {
  const stack = new EnvironmentStack(app, 'registry', env);
  const key = makeKey(stack, 'images');
  const urls: Record<string, string> = {};
  for (const service of SERVICES) {
    const repository = new EcrRepository(stack, service, {
      name: `ms-${service}`,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: key.arn }],
      forceDelete: !env.protect,
    });
    const policy = JSON.stringify(lifecycle);
    new EcrLifecyclePolicy(stack, `${service}-lifecycle`, { repository: repository.name, policy });
    urls[service] = repository.repositoryUrl;
  }
  stack.output('ecr_repository_urls', urls);
}
