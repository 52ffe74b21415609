// The package's types leave out what it has in Node only.
import type { PreviousUpload, UrlStorage } from 'tus-js-client';

declare module 'tus-js-client' {
  /** Keeps where uploads go on in a file, which several processes may share. */
  class FileUrlStorage implements UrlStorage {
    constructor(path: string);
    findAllUploads(): Promise<PreviousUpload[]>;
    findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]>;
    removeUpload(urlStorageKey: string): Promise<void>;
    addUpload(fingerprint: string, upload: PreviousUpload): Promise<string>;
  }
}
