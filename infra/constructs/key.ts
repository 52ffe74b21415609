import { KmsAlias } from '@cdktn/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktn/provider-aws/lib/kms-key/index.js';
import type { Statement } from '../policies/document.ts';
import { allow, document } from '../policies/document.ts';
import type { EnvironmentStack } from './stack.ts';

/**
 * A key of our own that rotates. The account decides by its policies who may use it.
 * @param users statements for AWS services that use the key themselves
 */
export function makeKey(stack: EnvironmentStack, name: string, users: Statement[] = []): KmsKey {
  const root = `arn:aws:iam::${stack.env.account}:root`;
  const owner = { ...allow(['kms:*'], ['*']), Principal: { AWS: root } };
  const key = new KmsKey(stack, `${name}-key`, {
    description: `${stack.prefix} ${name}`,
    enableKeyRotation: true,
    deletionWindowInDays: stack.env.protect ? 30 : 7,
    policy: document([owner, ...users]),
  });
  new KmsAlias(stack, `${name}-alias`, { name: `alias/${stack.prefix}-${name}`, targetKeyId: key.keyId });
  return key;
}

/** What an AWS service may do with a key, when it acts for this account. */
export const serviceUser = (account: string, service: string): Statement => ({
  ...allow(['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'], ['*']),
  Principal: { Service: service },
  Condition: { StringEquals: { 'aws:SourceAccount': account } },
});
