import { S3Bucket } from '@cdktn/provider-aws/lib/s3-bucket/index.js';
import { S3BucketOwnershipControls } from '@cdktn/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktn/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktn/provider-aws/lib/s3-bucket-versioning/index.js';
import { document, tlsOnly } from '../policies/document.ts';
import type { EnvironmentStack } from './stack.ts';

/** A private bucket: encrypted with our key, TLS only, no ACLs, nothing public. */
export function makeBucket(
  stack: EnvironmentStack,
  id: string,
  name: string,
  options: { keyArn: string; versioned: boolean },
) {
  const bucket = new S3Bucket(stack, id, { bucket: name, forceDestroy: !stack.env.protect });
  const of = { bucket: bucket.id };
  new S3BucketPublicAccessBlock(stack, `${id}-private`, {
    ...of,
    ...{
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  });
  new S3BucketOwnershipControls(stack, `${id}-owner`, {
    ...of,
    rule: { objectOwnership: 'BucketOwnerEnforced' },
  });
  const byDefault = { sseAlgorithm: 'aws:kms', kmsMasterKeyId: options.keyArn };
  const rule = [{ bucketKeyEnabled: true, applyServerSideEncryptionByDefault: byDefault }];
  new S3BucketServerSideEncryptionConfigurationA(stack, `${id}-encryption`, { ...of, rule });
  const status = options.versioned ? 'Enabled' : 'Suspended';
  new S3BucketVersioningA(stack, `${id}-versions`, { ...of, versioningConfiguration: { status } });
  const arn = `arn:aws:s3:::${name}`;
  new S3BucketPolicy(stack, `${id}-policy`, {
    ...of,
    policy: document([tlsOnly('s3:*', [arn, `${arn}/*`])]),
  });
  return bucket;
}
