import type { StackJson } from './terraform.ts';

type Resource = Record<string, unknown>;
type Rule = (type: string, resource: Resource, stack: StackJson) => string | false;

const world = /"(0\.0\.0\.0\/0|::\/0)"/;

/** What an encrypted thing of each type must say. */
const encrypted: Record<string, string[]> = {
  aws_db_instance: ['kms_key_id', 'storage_encrypted'],
  aws_mq_broker: ['encryption_options'],
  aws_sqs_queue: ['kms_master_key_id'],
  aws_sns_topic: ['kms_master_key_id'],
  aws_dynamodb_table: ['server_side_encryption'],
  aws_ecr_repository: ['encryption_configuration'],
  aws_cloudwatch_log_group: ['kms_key_id'],
  aws_secretsmanager_secret: ['kms_key_id'],
  aws_eks_cluster: ['encryption_config'],
};

/** Every rule by its name: what is wrong with a resource, or false. */
const rules: Record<string, Rule> = {
  'no access keys, no users': (type) =>
    /^aws_iam_(access_key|user)/.test(type) && 'a role does without a key',

  'no administrators in IAM': (_, resource) =>
    /policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)/.test(JSON.stringify(resource)) &&
    'a managed policy that allows everything',

  'nothing is encrypted by chance': (type, resource) => {
    const missing = (encrypted[type] ?? []).filter((name) => !resource[name]);
    return missing.length > 0 && `without ${missing.join(', ')}`;
  },

  'buckets are private, encrypted and TLS only': (type, resource, stack) => {
    if (type === 'aws_s3_bucket') return bucketFault(String(resource.bucket), stack);
    if (type !== 'aws_s3_bucket_public_access_block') return false;
    const open = [
      'block_public_acls',
      'block_public_policy',
      'ignore_public_acls',
      'restrict_public_buckets',
    ];
    return open.some((name) => resource[name] !== true) && 'open to the public';
  },

  'no security group is open to the world': (type, resource) =>
    type.includes('security_group') && world.test(JSON.stringify(resource)) && 'open to the world',

  'the cluster is not administered from everywhere': (type, resource) =>
    type === 'aws_eks_cluster' && world.test(JSON.stringify(resource)) && 'its API is open to the world',

  'nothing with data has a public address': (_, resource) =>
    (resource.publicly_accessible === true || resource.map_public_ip_on_launch === true) &&
    'a public address',

  'no resource policy is for everybody': (type, resource) => {
    if (!/_policy$|kms_key$/.test(type)) return false;
    const open = statementsOf(resource.policy).some(
      ({ Effect, Principal }) => Effect === 'Allow' && (Principal === '*' || isForAll(Principal)),
    );
    return open && 'allows everybody';
  },

  'only the boundary allows everything': (type, resource) => {
    if (!/^aws_iam_(role_)?policy$/.test(type) || String(resource.name).endsWith('-boundary')) return false;
    const all = statementsOf(resource.policy).some(
      ({ Effect, Action }) =>
        Effect === 'Allow' && [Action].flat().some((action) => action === '*' || action === 'iam:*'),
    );
    return all && 'allows everything';
  },

  'every role has the boundary': (type, resource) =>
    type === 'aws_iam_role' && !resource.permissions_boundary && 'no permissions boundary',

  'images keep their tags': (type, resource) =>
    type === 'aws_ecr_repository' && resource.image_tag_mutability !== 'IMMUTABLE' && 'tags can move',
};

function bucketFault(name: string, stack: StackJson): string | false {
  const text = JSON.stringify(stack.resource?.aws_s3_bucket_policy ?? {});
  const has = (type: string) => Object.keys(stack.resource?.[type] ?? {}).length > 0;
  if (!text.includes('aws:SecureTransport') || !text.includes(name)) return 'takes what comes without TLS';
  if (!has('aws_s3_bucket_public_access_block')) return 'open to the public';
  return !has('aws_s3_bucket_server_side_encryption_configuration') && 'not encrypted with our key';
}

interface Statement {
  Effect: string;
  Action?: string | string[];
  Principal?: unknown;
}

function statementsOf(policy: unknown): Statement[] {
  if (typeof policy !== 'string') return [];
  return (JSON.parse(policy) as { Statement?: Statement[] }).Statement ?? [];
}

const isForAll = (principal: unknown) => JSON.stringify(principal ?? {}).includes('"*"');

/** @returns what breaks a rule, one line each */
export function faultsOf(stack: StackJson): string[] {
  const backend = stack.terraform?.backend?.s3 as Resource | undefined;
  const faults =
    backend?.use_lockfile === true && backend.encrypt === true ? [] : ['state is locked and encrypted: not'];
  for (const [type, resources] of Object.entries(stack.resource ?? {})) {
    for (const [name, resource] of Object.entries(resources)) {
      for (const [rule, isBroken] of Object.entries(rules)) {
        const fault = isBroken(type, resource, stack);
        if (fault !== false) faults.push(`${rule}: ${type}.${name}: ${fault}`);
      }
    }
  }
  return faults;
}
