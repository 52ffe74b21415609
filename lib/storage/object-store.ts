import type { Readable } from 'node:stream';
import type { Upload } from '@tus/server';

/** What is known of a stored object without reading it. */
export interface ObjectInfo {
  size: number;
  modifiedAt: Date;
}

/** An object as a listing tells of it. */
export interface ListedObject extends ObjectInfo {
  key: string;
}

/** Inclusive byte positions, as in an HTTP Range header. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A local, read-only copy (or the original) of an object, for programs that read files. */
export interface LocalFile extends AsyncDisposable {
  path: string;
}

/** What a client that follows a signed URL is told. */
export interface SignedUrlOptions {
  /** How long a download may begin; one that has begun goes on. */
  expiresSeconds: number;
  /** The name to save the object under. */
  filename: string;
  contentType: string;
}

/** A part of an upload; numbers count from 1. */
export interface UploadPart {
  number: number;
  etag: string;
}

/**
 * Uploads whose bytes go from the client straight to the store, in parts that may come in any order and again. The
 * object appears whole when the upload is completed; deleting its key also gives up what is unfinished.
 */
export interface DirectUploads {
  /** @returns the store's own name of the upload */
  begin(key: string, contentType: string): Promise<string>;
  /**
   * URLs that each take one part, by PUT, and only if it has the right size.
   * @param sizes of the parts in bytes, in their order
   * @param expiresSeconds at most a week
   */
  sign(key: string, uploadId: string, sizes: number[], expiresSeconds: number): Promise<string[]>;
  /** @returns the parts that have arrived; null when there is no such upload, or no more */
  parts(key: string, uploadId: string): Promise<(UploadPart & { size: number })[] | null>;
  /** Make the object of all parts; they may stand in any order. */
  complete(key: string, uploadId: string, parts: UploadPart[]): Promise<void>;
}

/**
 * Objects that come in pieces, for as long as it takes: what a tus server needs of a store. The tus id of an upload is
 * the object's key, below `uploads/`; once the last byte is there, the object is whole and durable under that key.
 * What the store notes of an unfinished upload stands beside the object; {@link ObjectStore.delete} takes it along.
 */
export interface ResumableUploads {
  /** Begin an upload; its size is known. */
  create(upload: Upload): Promise<Upload>;
  /**
   * Add what a source yields, with bounded memory. When the source ends early, what it gave is kept; when it fails, some
   * of that may be lost, but nothing that an earlier write has counted. The caller sees to it that there is one writer.
   * @param offset where the object ends now
   * @returns where it ends then
   */
  write(source: Readable, key: string, offset: number): Promise<number>;
  /**
   * What is there of an upload. A whole one is made an object if a crash came in between.
   * @throws ProblemError `not_found`
   */
  getUpload(key: string): Promise<Upload>;
}

/**
 * Bytes under keys. Keys are made by this system only (`sources/<uuid>`), never from a person's input; they consist of
 * `[a-z0-9._-]` segments between slashes, each beginning with a letter or digit; any other key is refused.
 */
export interface ObjectStore {
  /**
   * Store a stream under a key, with constant memory. The object appears whole and durable, or not at all: when the
   * source fails or the signal aborts, nothing stays behind and the source is destroyed.
   */
  put(key: string, source: Readable, signal?: AbortSignal): Promise<ObjectInfo>;
  /**
   * Open an object. A range that reaches past the end is cut to the object's size. Whoever gets the stream reads it to
   * its end or destroys it.
   * @throws ProblemError `not_found`; `range_not_satisfiable` when the range starts past the end
   */
  get(key: string, range?: ByteRange): Promise<Readable>;
  head(key: string): Promise<ObjectInfo | null>;
  /**
   * Tell of every object whose key begins with a prefix, in no order, with constant memory. Objects that come or go
   * meanwhile may be told of or not; what this system can't have stored (a key that no object may have) never is.
   * @param prefix as `sources/`; left out, all objects
   */
  list(prefix?: string): AsyncIterable<ListedObject>;
  /** Deleting what isn't there succeeds. Below `uploads/`, an unfinished upload of that key goes, too. */
  delete(key: string): Promise<void>;
  /**
   * @param maxBytes ends the making of a copy that becomes larger: a store that never stops would fill the disk
   * @throws ProblemError `not_found`
   */
  localFile(key: string, signal?: AbortSignal, maxBytes?: number): Promise<LocalFile>;
  /**
   * A URL by which anybody can read the object for a while, straight from the store.
   * @returns null when clients can't reach the store; its bytes then go through this process
   */
  signedUrl(key: string, options: SignedUrlOptions): Promise<string | null>;
  resumable(): ResumableUploads;
  /** @returns null where clients can't reach the store */
  direct(): DirectUploads | null;
  /**
   * Remove what interrupted puts left behind and nothing was added to since the given moment. Resumable uploads are
   * spared: they may pause, and end when their key is deleted.
   * @returns how many were removed
   */
  removeLeftovers(before: Date): Promise<number>;
  /** @throws when the store can't be reached; a folder also when it can't be written */
  ping(): Promise<void>;
}
