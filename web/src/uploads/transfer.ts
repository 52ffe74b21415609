import type { DetailedError, HttpRequest, Upload } from 'tus-js-client';
import { ApiProblem, askedPause, toProblem, Unreachable, type Paths } from '../../../client/index.ts';
import { dropToken, validToken } from '../api/session.ts';
import type { WantedRecipe } from '../recipe/draft.ts';

/** One file on its way. */
export interface Sending {
  file: File;
  name: string;
  recipe: WantedRecipe;
  /** Where it goes on; null begins. */
  url: string | null;
  onUrl: (url: string) => void;
  onProgress: (sent: number) => void;
  /** @param videoId what it has become */
  onDone: (videoId: string) => void;
  onFailed: (problem: unknown) => void;
}

export interface Transfer {
  /** Stop for now. */
  pause: () => Promise<void>;
  /** Stop for good; the server forgets what it has. */
  cancel: () => Promise<void>;
}

/** In between the network may come back; after the last one the queue waits for it. */
const RETRY_DELAYS_MS = [0, 500, 1500, 3000, 6000, 10_000];

/** Send a file by tus 1.0, from wherever the server says it goes on. */
export async function startTransfer(sending: Sending): Promise<Transfer> {
  // Only who uploads needs the client.
  const { Upload } = await import('tus-js-client');
  const retryDelays = [...RETRY_DELAYS_MS];
  const upload = new Upload(sending.file, {
    endpoint: '/uploads' satisfies keyof Paths,
    uploadUrl: sending.url,
    metadata: { filename: sending.name, recipe: JSON.stringify(sending.recipe) },
    retryDelays,
    // The queue keeps the URL together with the recipe and the file.
    storeFingerprintForResuming: false,
    onBeforeRequest: bearer,
    onShouldRetry: (error, attempt) => {
      const asked = pauseAskedBy(error);
      // The client reads the pause after this question.
      retryDelays[attempt] = Math.max(RETRY_DELAYS_MS[attempt] ?? 0, asked ?? 0);
      return shouldRetry(error, asked);
    },
    onUploadUrlAvailable: () => sending.onUrl(upload.url ?? ''),
    onProgress: (sent) => sending.onProgress(sent),
    onSuccess: ({ lastResponse }) => {
      const videoId = lastResponse.getHeader('Video-Id');
      if (videoId) sending.onDone(videoId);
      else sending.onFailed(new ApiProblem(lastResponse.getStatus(), { code: 'upload_offset_mismatch' }));
    },
    onError: (error) => sending.onFailed(problemOf(error)),
  });
  upload.start();
  return { pause: () => upload.abort(), cancel: () => giveUp(upload) };
}

async function giveUp(upload: Upload): Promise<void> {
  // What the server has goes by itself once it is old enough.
  await upload.abort(upload.url !== null).catch(() => undefined);
}

async function bearer(request: HttpRequest): Promise<void> {
  request.setHeader('Authorization', `Bearer ${await validToken()}`);
}

const isDetailed = (error: unknown): error is DetailedError =>
  error instanceof Error && 'originalRequest' in error;

/** How long the server asks to wait, in milliseconds. */
function pauseAskedBy({ originalResponse }: DetailedError): number | null {
  const seconds = Number(originalResponse?.getHeader('Retry-After')) || undefined;
  return askedPause(seconds, Math.random());
}

/** Asking again helps when nobody has answered, when the token has ended meanwhile, or when the server says so. */
function shouldRetry(error: DetailedError, askedMs: number | null): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  if (status === 401)
    dropToken(error.originalRequest.getHeader('Authorization')?.slice('Bearer '.length) ?? '');
  if (status === 429) return askedMs !== null;
  return (
    status === 0 || status === 401 || status === 409 || status === 423 || status === 408 || status >= 500
  );
}

function problemOf(error: unknown): unknown {
  if (!isDetailed(error)) return error;
  const response = error.originalResponse;
  if (!response?.getStatus()) return new Unreachable(error.message, { cause: error });
  const headers = new Headers({ 'Retry-After': response.getHeader('Retry-After') ?? '' });
  return toProblem(response.getStatus(), response.getBody(), headers);
}
