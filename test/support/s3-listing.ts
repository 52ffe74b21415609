import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { S3 } from './s3.ts';

/**
 * The keys of everything below a prefix: objects, and multipart uploads that have not ended.
 * @param prefix is cut off the keys
 */
export async function listS3({ endpoint, bucket, env }: S3, prefix = ''): Promise<string[]> {
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const query = { Bucket: bucket, Prefix: prefix };
  const { Contents = [] } = await client.send(new ListObjectsV2Command(query));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(query));
  client.destroy();
  return [...Contents, ...Uploads].map(({ Key = '' }) => Key.slice(prefix.length));
}
