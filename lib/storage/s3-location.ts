import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const parameters = z.strictObject({
  region: z.string().min(1).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  pathStyle: flag.optional(),
  redirect: flag.default(false),
});

/** A place in an S3 store, and how to reach it. */
export type S3Location = z.output<typeof parameters> & {
  bucket: string;
  /** What every key begins with there: empty, or folders that end with a slash. */
  prefix: string;
};

/**
 * Read the URL of an S3 store.
 * @param url `s3://bucket/prefix?region=…&endpoint=…&pathStyle=true&redirect=true`; all but the bucket may be missing.
 * `redirect` says whether clients reach the store themselves
 * @throws Error naming the part that is wrong
 */
export function readS3Location(url: URL): S3Location {
  if (url.username !== '' || url.password !== '') {
    throw new Error('An s3: URL holds no credentials; they come from the environment');
  }
  if (url.hostname === '') throw new Error('An s3: URL names a bucket: s3://bucket');
  const result = parameters.safeParse(Object.fromEntries(url.searchParams));
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The s3: URL has faults in its parameters: ${faults.join('; ')}`);
  }
  const folders = decodeURIComponent(url.pathname).split('/').filter(Boolean);
  const prefix = folders.map((folder) => `${folder}/`).join('');
  return { ...result.data, bucket: url.host, prefix };
}
