import type { Readable } from 'node:stream';
import { DataStore, type Upload } from '@tus/server';
import type { ResumableUploads } from '../../../../lib/storage/object-store.ts';
import { takeChecked, type Checksum } from './checksum.ts';
import type { RunningHashes } from './running-hashes.ts';

interface RequestStoreOptions {
  uploads: ResumableUploads;
  hashes: RunningHashes;
  /** What the bytes of this request must add up to. */
  checksum: Checksum | undefined;
  /** A folder for bytes that are not checked yet. */
  scratch: string;
  /** Give the upload up. */
  abandon: () => Promise<void>;
}

/** The object store as tus's server sees it during one request: bytes are checked and hashed on their way. */
export class RequestStore extends DataStore {
  private readonly given: RequestStoreOptions;

  constructor(given: RequestStoreOptions) {
    super();
    this.given = given;
    this.extensions = ['creation', 'creation-with-upload', 'termination'];
  }

  override create(upload: Upload): Promise<Upload> {
    return this.given.uploads.create(upload);
  }

  override getUpload(key: string): Promise<Upload> {
    return this.given.uploads.getUpload(key);
  }

  override async write(source: Readable, key: string, offset: number): Promise<number> {
    const { checksum, scratch } = this.given;
    if (!checksum) return this.add(source, key, offset);
    return takeChecked(source, checksum, scratch, (checked) => this.add(checked, key, offset));
  }

  override remove(): Promise<void> {
    return this.given.abandon();
  }

  private add(source: Readable, key: string, offset: number): Promise<number> {
    const { uploads, hashes } = this.given;
    return hashes.pass(key, offset, source, (hashed) => uploads.write(hashed, key, offset));
  }
}
