import type { ObjectStore } from '../../../../lib/storage/object-store.ts';
import type { PersonalRequest, Reply } from '../../endpoint.ts';
import type { UploadLimits } from '../upload.ts';
import { CHECKSUM_ALGORITHMS } from './checksum.ts';
import { createUpload, resumeUpload, type TusContext, type UploadMethod } from './conversation.ts';
import { createFinisher } from './finish.ts';
import { createRunningHashes } from './running-hashes.ts';

interface TusDependencies {
  store: ObjectStore;
  limits: UploadLimits;
}

/** Resumable uploads as the tus protocol has them (https://tus.io/protocols/resumable-upload), in its version 1.0. */
export interface Tus {
  /** Begin an upload, with its first bytes if the client sends some along. */
  create(request: PersonalRequest): Promise<Reply>;
  /** Ask for an upload, add to it, or give it up. */
  resume(request: PersonalRequest, method: UploadMethod): Promise<Reply>;
}

/** Resumable uploads into a store; the hashes of those under way are kept in this process. */
export function createTus({ store, limits }: TusDependencies): Tus {
  const hashes = createRunningHashes();
  const context: TusContext = {
    exchanges: { uploads: store.resumable(), hashes, idleSeconds: limits.idleSeconds },
    finish: createFinisher({ store, hashes }),
    maxBytes: limits.maxBytes,
  };
  return {
    create: (request) => createUpload(context, request),
    resume: (request, method) => resumeUpload(context, request, method),
  };
}

/** What is spoken here, as headers. */
export const tusCapabilities = (maxBytes: number): Record<string, string> => ({
  'Tus-Extension': 'creation,creation-with-upload,termination,checksum,expiration',
  'Tus-Max-Size': String(maxBytes),
  'Tus-Checksum-Algorithm': CHECKSUM_ALGORITHMS.join(','),
});
