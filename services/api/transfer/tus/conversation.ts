import { Metadata } from '@tus/server';
import type { Reservation } from '../../../../lib/contracts.ts';
import { ProblemError } from '../../../../lib/errors.ts';
import { isResumable } from '../../../../lib/storage/key.ts';
import type { PersonalRequest, Reply } from '../../endpoint.ts';
import { readChecksum } from './checksum.ts';
import { speakTus, type ExchangeDependencies } from './exchange.ts';
import type { Finish, FoundUpload } from './finish.ts';
import { checkBody, hasBody, readCreation, readOffset, requireVersion } from './request-headers.ts';

export interface TusContext {
  exchanges: ExchangeDependencies;
  finish: (finish: Finish) => Promise<void>;
  maxBytes: number;
}

/** The methods of the protocol on an upload. */
export type UploadMethod = 'HEAD' | 'PATCH' | 'DELETE';

/**
 * Begin an upload, with its first bytes if the client sends some along. Quotas are asked before any byte is stored.
 * Whatever fails, the upload is given up, because the client does not know its URL.
 * @throws ProblemError whatever `readCreation` finds; `unsupported_media`, `checksum_mismatch`, `quota_exceeded`
 */
export async function createUpload(context: TusContext, request: PersonalRequest): Promise<Reply> {
  const { req, call, caller, origin } = request;
  requireVersion(req.headers);
  const creation = readCreation(req.headers, context.maxBytes);
  if (hasBody(req.headers)) checkBody(req.headers, creation.size);
  readChecksum(req.headers['upload-checksum']);
  const wish = { personId: caller.personId, address: origin.address, kind: 'resumable', ...creation };
  const { videoId, key, expiresAt } = await call<Reservation>('video.reserve', wish);
  const abandon = async () => {
    await call('video.abandon', { videoId });
  };
  try {
    const exchange = { request, method: 'POST', uploadId: videoId, key, abandon } as const;
    const response = await speakTus(context.exchanges, exchange);
    if (req.destroyed && !req.complete) throw new ProblemError('upload_timeout');
    const upload = { ...creation, id: videoId, key, sha256: creation.sha256 ?? null, expiresAt };
    return await answer(context, request, upload, response);
  } catch (error) {
    await abandon().catch(() => undefined);
    throw error;
  }
}

/**
 * Ask for an upload (HEAD), add to it (PATCH), or give it up (DELETE). One that has become a video meanwhile says so.
 * @throws ProblemError `not_found`, also for another person's; `expired`, `upload_offset_mismatch`, `too_large`,
 * `unsupported_media`, `checksum_mismatch`, `upload_locked`, `bad_request`, `invalid_state`
 */
export async function resumeUpload(
  context: TusContext,
  request: PersonalRequest,
  method: UploadMethod,
): Promise<Reply> {
  const { req } = request;
  requireVersion(req.headers);
  const upload = await findOwn(request);
  const offset = method === 'PATCH' ? readOffset(req.headers) : 0;
  if (method === 'PATCH') {
    if (offset > upload.size) throw elsewhere();
    checkBody(req.headers, upload.size - offset);
  }
  if (upload.isVideo) return answerForVideo(upload, method, offset);
  // Nothing is missing behind the last byte; whoever writes there asks whether it is a video yet.
  const asks = method === 'PATCH' && offset === upload.size;
  const abandon = async () => {
    // The version before, which may still run beside this one, does not say.
    const which = { videoId: upload.id };
    const answer = await request.call<{ abandoned: boolean } | null>('video.abandon', which);
    // Another request was faster: it has become a video, or is gone.
    if (answer?.abandoned === false && (await findOwn(request)).isVideo) throw isVideoNow();
  };
  const exchange = {
    request,
    method: asks ? 'HEAD' : method,
    uploadId: upload.id,
    key: upload.key,
    abandon,
  } as const;
  const response = await speakTus(context.exchanges, exchange);
  if (asks && Number(response.headers.get('upload-offset')) !== offset) throw elsewhere();
  return answer(context, request, upload, response, asks ? 204 : response.status);
}

async function findOwn({ call, caller, params }: PersonalRequest): Promise<FoundUpload> {
  const own = { personId: caller.personId, id: params.id ?? '' };
  const upload = await call<FoundUpload>('video.findUpload', own);
  const isOurs = isResumable(upload.key) && (upload.isVideo || upload.kind === 'resumable');
  if (!isOurs) throw new ProblemError('not_found');
  return upload;
}

/** Make the video when the last byte is there; say when the upload expires when it isn't. */
async function answer(
  { finish }: TusContext,
  { call, caller }: PersonalRequest,
  upload: Finish['upload'] & Pick<FoundUpload, 'expiresAt'>,
  response: Response,
  status = response.status,
): Promise<Reply> {
  const headers: Record<string, string> = {};
  for (const name of ['Location', 'Upload-Offset', 'Upload-Length', 'Upload-Metadata']) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  if (headers['Upload-Offset'] === String(upload.size)) {
    await finish({ call, personId: caller.personId, upload });
    Object.assign(headers, videoHeaders(upload.id));
  } else if (upload.expiresAt !== null) {
    headers['Upload-Expires'] = new Date(upload.expiresAt).toUTCString();
  }
  return { status, headers };
}

function answerForVideo({ id, size, filename }: FoundUpload, method: UploadMethod, offset: number): Reply {
  if (method === 'DELETE') throw isVideoNow();
  if (method === 'PATCH' && offset !== size) throw elsewhere();
  const headers = { 'Upload-Offset': String(size), ...videoHeaders(id) };
  if (method === 'PATCH') return { status: 204, headers };
  const about = { 'Upload-Length': String(size), 'Upload-Metadata': Metadata.stringify({ filename }) };
  return { status: 200, headers: { ...headers, ...about } };
}

const videoHeaders = (id: string) => ({ 'Video-Id': id, 'Video-Location': `/video/${id}` });

const elsewhere = () =>
  new ProblemError('upload_offset_mismatch', { detail: 'Ask with HEAD where the upload continues' });

const isVideoNow = () =>
  new ProblemError('invalid_state', { detail: 'The upload has become a video; delete the video instead' });
