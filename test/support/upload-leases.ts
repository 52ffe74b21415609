import { randomUUID } from 'node:crypto';
import type { Call } from '../../services/api/endpoint.ts';
import { holdUpload, leaseSchema, letUpload } from '../../services/video/upload-leases.ts';
import { reserveUpload } from '../../services/video/uploads.ts';
import { openVideos, rules } from './videos.ts';

/** The leases of uploads in a real database of `video`. */
export interface UploadLeases {
  /** Answers `video.holdUpload` and `video.letUpload` as the service does. */
  call: Call;
  /** A new upload; resolves to its id. */
  begin(): Promise<string>;
  /** Let the lease of an upload run out. */
  expire(uploadId: string): Promise<void>;
  holderOf(uploadId: string): Promise<string | null | undefined>;
  close(): Promise<void>;
}

export async function openUploadLeases(): Promise<UploadLeases> {
  const { db, close } = await openVideos();
  const answer = (action: string, params: unknown): Promise<unknown> => {
    const claim = leaseSchema.parse(params);
    if (action === 'video.holdUpload') return holdUpload(db, claim, rules.quotas, new Date());
    if (action === 'video.letUpload') return letUpload(db, claim);
    throw new Error(`${action} is not here`);
  };
  return {
    call: async <Result>(action: string, params?: object) => (await answer(action, params)) as Result,
    begin: async () => {
      const wish = { personId: randomUUID(), kind: 'resumable', size: 10 } as const;
      return (await reserveUpload(db, wish, rules, new Date())).videoId;
    },
    expire: async (id) => {
      await db.models.upload.update({ leaseUntil: new Date(0) }, { where: { id } });
    },
    holderOf: async (id) => (await db.models.upload.findByPk(id))?.holder,
    close,
  };
}
