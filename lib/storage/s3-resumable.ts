import type { Readable } from 'node:stream';
import type { Part, S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Store, type MetadataValue } from '@tus/s3-store';
import { Upload } from '@tus/server';
import { LRUCache } from 'lru-cache';
import { ProblemError } from '../errors.ts';
import { validKey } from './key.ts';
import type { ResumableUploads } from './object-store.ts';
import type { S3Location } from './s3-location.ts';
import { PART_BYTES } from './s3-upload.ts';

/** How many uploads' notes are kept in memory; what is forgotten is asked for again. */
const REMEMBERED = 1000;

/** The objects beside an unfinished one: tus's notes, and the bytes that are too few for a part. */
export const notesOf = (key: string) => [`${key}.info`, `${key}.part`];

/**
 * Resumable uploads as multipart uploads of S3.
 * @param config how to reach the store
 */
export function createS3Resumable(location: S3Location, config: S3ClientConfig): ResumableUploads {
  const store = new TailSafeStore(location.bucket, config);
  const idOf = (key: string) => location.prefix + validKey(key);
  return {
    create: async (upload) => {
      const created = await store.create(changed(upload, { id: idOf(upload.id) }));
      return changed(created, { id: upload.id });
    },
    write: async (source, key, offset) => store.write(source, idOf(key), offset),
    getUpload: async (key) => changed(await store.getUpload(idOf(key)), { id: key }),
  };
}

/** Bytes that are too few for a part, and where they begin in the object. */
interface Tail {
  start: number;
  bytes: Buffer;
}

/**
 * S3 takes no part under 5 MiB but the last, so the tail of a write waits in an object of its own. tus's store deletes
 * that object before its bytes are in a part, and keeps parts in files: a broken connection or a killed process would
 * take back what the client was told, and leave the files. Here the tail knows where it begins, and stops to count
 * when a part has its bytes; parts are made in memory, one for each write.
 */
class TailSafeStore extends S3Store {
  constructor(bucket: string, config: S3ClientConfig) {
    const notes = new LRUCache<string, MetadataValue>({ max: REMEMBERED });
    super({
      s3ClientConfig: { ...config, bucket },
      partSize: PART_BYTES,
      useTags: false,
      cache: {
        get: (id) => Promise.resolve(notes.get(id)),
        set: (id, value) => Promise.resolve(void notes.set(id, value)),
        delete: (id) => Promise.resolve(void notes.delete(id)),
      },
    });
  }

  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const notes = await this.getMetadata(id).catch(explain);
    const parts = await this.retrieveParts(id);
    const start = sizeOf(parts);
    const tail = await this.readTail(id, start);
    if (start + tail.length !== offset)
      throw new Error(`${id} ends at ${start + tail.length}, not ${offset}`);
    const end = await this.addParts(notes, { number: parts.length + 1, start, tail }, source);
    if (end === notes.file.size) await this.finish(notes);
    return end;
  }

  override async getUpload(id: string): Promise<Upload> {
    const notes = await this.getMetadata(id).catch(explain);
    const parts = await this.retrieveParts(id).catch(nullWhenEnded);
    const { size } = notes.file;
    if (!parts) {
      // The multipart upload has ended: well, or given up.
      if (!(await this.exists(id))) throw new ProblemError('not_found');
      return changed(notes.file, { offset: size ?? 0 });
    }
    const offset = sizeOf(parts) + (await this.tailSize(id, sizeOf(parts)));
    if (offset === size) await this.finish(notes);
    return changed(notes.file, { offset });
  }

  /** Send whole parts while they fill; what is left at the end becomes the last part, or the new tail. */
  private async addParts(
    notes: MetadataValue,
    { number, start, tail }: { number: number; start: number; tail: Buffer },
    source: Readable,
  ): Promise<number> {
    const { id, size = 0 } = notes.file;
    const part = Buffer.allocUnsafe(Math.min(size - start, this.calcOptimalPartSize(size)));
    let filled = tail.copy(part);
    let sent = start;
    const send = async () => {
      await this.uploadPart(notes, part.subarray(0, filled), number++);
      sent += filled;
      filled = 0;
    };
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (sent + filled + chunk.length > size) throw new ProblemError('too_large');
      for (let at = 0; at < chunk.length;) {
        const copied = chunk.copy(part, filled, at);
        at += copied;
        filled += copied;
        if (filled === part.length) await send();
      }
    }
    if (filled >= this.minPartSize || (filled > 0 && sent + filled === size)) await send();
    await this.replaceTail(id, { start, bytes: tail }, { start: sent, bytes: part.subarray(0, filled) });
    return sent + filled;
  }

  private async replaceTail(id: string, before: Tail, now: Tail): Promise<void> {
    const end = ({ start, bytes }: Tail) => start + bytes.length;
    if (now.bytes.length > 0 && end(now) > end(before)) await this.putTail(id, now);
    else if (now.bytes.length === 0 && before.bytes.length > 0) await this.deleteIncompletePart(id);
  }

  private async putTail(id: string, { start, bytes }: Tail): Promise<void> {
    await this.client.putObject({
      Bucket: this.bucket,
      Key: this.partKey(id, true),
      Body: bytes,
      Metadata: { start: String(start) },
    });
  }

  private async readTail(id: string, start: number): Promise<Buffer> {
    const place = { Bucket: this.bucket, Key: this.partKey(id, true) };
    const found = await this.client.getObject(place).catch(nullWhenMissing);
    if (!found?.Body) return Buffer.alloc(0);
    const bytes = Buffer.from(await found.Body.transformToByteArray());
    return found.Metadata?.start === String(start) ? bytes : Buffer.alloc(0);
  }

  private async tailSize(id: string, start: number): Promise<number> {
    const place = { Bucket: this.bucket, Key: this.partKey(id, true) };
    const found = await this.client.headObject(place).catch(nullWhenMissing);
    return found?.Metadata?.start === String(start) ? (found.ContentLength ?? 0) : 0;
  }

  private async exists(id: string): Promise<boolean> {
    const place = { Bucket: this.bucket, Key: id };
    return (await this.client.headObject(place).catch(nullWhenMissing)) !== null;
  }

  private async finish(notes: MetadataValue): Promise<void> {
    const { id } = notes.file;
    await this.finishMultipartUpload(notes, await this.retrieveParts(id));
    await this.clearCache(id);
  }
}

const changed = (upload: Upload, changes: { id: string } | { offset: number }): Upload =>
  Object.assign(new Upload({ id: upload.id, offset: upload.offset }), upload, changes);

const sizeOf = (parts: Part[]) => parts.reduce((sum, { Size = 0 }) => sum + Size, 0);

const nameOf = (error: unknown) => (error instanceof Error ? error.name : undefined);

function nullWhenMissing(error: unknown): null {
  if (nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NotFound') return null;
  throw error;
}

function nullWhenEnded(error: unknown): null {
  if (nameOf(error) === 'NoSuchUpload') return null;
  throw error;
}

function explain(error: unknown): never {
  if (nameOf(error) === 'NoSuchKey') throw new ProblemError('not_found');
  throw error;
}
