declare module 's3rver' {
  import type { RequestListener } from 'node:http';
  import type { Readable } from 'node:stream';

  interface StoredObject {
    bucket: string;
    key: string;
    content: Readable;
    metadata: Record<string, string>;
  }
  interface Written {
    size: number;
    md5: string;
  }

  interface Range {
    start?: number;
    end?: number | string;
  }

  /** Of the package's own parts, those that test/support/s3-server.ts uses. */
  export default class S3rver {
    constructor(options: {
      directory: string;
      silent: boolean;
      vhostBuckets: boolean;
      configureBuckets: { name: string }[];
    });
    configureBuckets(): Promise<unknown>;
    callback(): RequestListener;
    store: {
      getResourcePath(bucket: string, key: string | undefined, resource: string): string;
      putMetadata(bucket: string, key: string, metadata: Record<string, string>, md5: string): Promise<void>;
      getObject(bucket: string, key: string, range: Range): Promise<StoredObject | null>;
      putObject(object: StoredObject): Promise<Written>;
      putObjectMultipart(bucket: string, uploadId: string, parts: { number: number }[]): Promise<Written>;
      putPart(bucket: string, uploadId: string, partNumber: string, content: Readable): Promise<Written>;
    };
  }
}
