import { AwsProvider } from '@cdktn/provider-aws/lib/provider/index.js';
import { S3Backend, TerraformOutput, TerraformStack, type App } from 'cdktn';
import type { Environment } from '../settings.ts';

/** A stack of one environment, with its provider, its tags and its place in the state bucket. */
export class EnvironmentStack extends TerraformStack {
  readonly env: Environment;
  /** What every name begins with: `video-system-prod`. */
  readonly prefix: string;

  constructor(app: App, part: string, env: Environment) {
    super(app, `${env.name}-${part}`);
    this.env = env;
    this.prefix = prefixOf(env);
    const tags = { project: 'video-system', environment: env.name, stack: part };
    const defaultTags = [{ tags }];
    new AwsProvider(this, 'aws', { region: env.region, allowedAccountIds: [env.account], defaultTags });
    const bucket = stateBucketOf(env);
    const place = { bucket, key: `${part}.tfstate`, region: env.region };
    new S3Backend(this, {
      ...place,
      encrypt: true,
      useLockfile: true,
      kmsKeyId: `alias/${this.prefix}-state`,
    });
  }

  /** Put out a value under exactly this name. */
  output(name: string, value: unknown): void {
    new TerraformOutput(this, name, { value, staticId: true });
  }
}

/** What the names of an environment's resources begin with. */
export const prefixOf = (env: Environment): string => `video-system-${env.name}`;

/** The bucket that holds the state of an environment; bucket names are unique in all of AWS, hence the account. */
export const stateBucketOf = (env: Environment): string => `${prefixOf(env)}-state-${env.account}`;

/** The bucket that the application keeps its objects in. */
export const objectsBucketOf = (env: Environment): string => `${prefixOf(env)}-objects-${env.account}`;
