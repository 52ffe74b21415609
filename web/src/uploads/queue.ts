import { effect } from '@preact/signals';
import { ApiProblem, dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { hasCode } from '../api/problem.ts';
import type { Video } from '../api/schemas.ts';
import { onSessionEnd } from '../api/session.ts';
import type { WantedRecipe } from '../recipe/draft.ts';
import { isOnline } from '../shell/online.ts';
import { newId } from '../new-id.ts';
import { forgetUpload, keepSource, keepUpload, type KeptUpload } from './kept.ts';
import { ownUpload, releaseUpload } from './owned.ts';
import { fileOf, worthKeeping, type ChosenFile } from './sources.ts';
import { measureSpeed } from './speed.ts';
import { startTransfer, type Transfer } from './transfer.ts';
import { changeUpload, findUpload, isUploading, uploads, type UploadItem } from './uploads.ts';

/** More at once would only share the line. */
const AT_ONCE = 3;
const SHOW_EACH_MS = 200;
const KEEP_EACH_MS = 2000;
/** The network may be there although nobody answers; then this is how often it is tried. */
const TRY_AGAIN_MS = 10_000;

const transfers = new Map<string, Transfer>();
const done = new Set<(video: Video) => void>();

/** Hear of each video that an upload has become. */
export const onUploaded = (listener: (video: Video) => void): void => void done.add(listener);

/** Upload a file. */
export async function addUpload(personId: string, chosen: ChosenFile, recipe: WantedRecipe): Promise<void> {
  const { name, size, lastModified } = chosen.file;
  const kept: KeptUpload = {
    id: newId(),
    personId,
    name,
    size,
    lastModified,
    recipe,
    url: null,
    sent: 0,
    paused: false,
    createdAt: Date.now(),
  };
  await ownUpload(kept.id);
  void keepUpload(kept);
  const source = worthKeeping(chosen);
  if (source) void keepSource(kept.id, source);
  putUpload({ ...kept, state: 'waiting', source: chosen.file, speed: null, problem: null });
}

/** Show an upload, and send it when its turn comes. */
export function putUpload(item: UploadItem): void {
  uploads.value = [...uploads.value, item];
  next();
}

/** Begin as many of those that wait as may run. */
function next(): void {
  const running = uploads.value.filter(({ state }) => state === 'sending').length;
  const waiting = uploads.value.filter(({ state }) => state === 'waiting');
  for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) void send(item);
}

async function send(item: UploadItem): Promise<void> {
  const { id } = item;
  changeUpload(id, { state: 'sending', problem: null, speed: null });
  const file = await fileOf(item.source);
  if (findUpload(id)?.state !== 'sending') return;
  if (!file) {
    stop(id, { state: 'needsFile', source: null });
    return;
  }
  const transfer = await startTransfer({
    file,
    name: item.name,
    recipe: item.recipe,
    url: item.url,
    onUrl: (url) => remember(id, { url }),
    onProgress: progressOf(id),
    onDone: (videoId) => void finish(id, videoId),
    onFailed: (problem) => fail(id, problem),
  });
  // It may have been paused or canceled while the client was loaded.
  if (findUpload(id)?.state === 'sending') transfers.set(id, transfer);
  else await (findUpload(id) ? transfer.pause() : transfer.cancel());
}

function progressOf(id: string): (sent: number) => void {
  let speed = measureSpeed(0, Date.now());
  let shownAt = 0;
  let keptAt = 0;
  return (sent) => {
    const now = Date.now();
    // Measured from where it goes on, not from the file's beginning.
    if (shownAt === 0) speed = measureSpeed(sent, now);
    if (now - shownAt < SHOW_EACH_MS) return;
    shownAt = now;
    changeUpload(id, { sent, speed: speed.note(sent, now) });
    if (now - keptAt > KEEP_EACH_MS) remember(id, { sent });
    if (now - keptAt > KEEP_EACH_MS) keptAt = now;
  };
}

function remember(id: string, change: Partial<KeptUpload>): void {
  changeUpload(id, change);
  const item = findUpload(id);
  if (!item) return;
  const { personId, name, size, lastModified, recipe, url, sent, paused, createdAt } = item;
  void keepUpload({ id, personId, name, size, lastModified, recipe, url, sent, paused, createdAt });
}

function stop(id: string, change: Partial<UploadItem>): void {
  transfers.delete(id);
  changeUpload(id, { speed: null, ...change });
  next();
}

async function finish(id: string, videoId: string): Promise<void> {
  drop(id);
  const asking = asPerson.GET('/video/{id}', { params: { path: { id: videoId } } });
  const video = await dataOf(asking).catch(() => null);
  if (video) for (const listener of done) listener(video);
}

function drop(id: string): void {
  transfers.delete(id);
  uploads.value = uploads.value.filter((it) => it.id !== id);
  void forgetUpload(id);
  releaseUpload(id);
  next();
}

function fail(id: string, problem: unknown): void {
  if (hasCode(problem, 'offline', 'unavailable', 'overloaded')) stop(id, { state: 'lost' });
  // The server has given it up, so there is nothing to go on with.
  else if (problem instanceof ApiProblem && problem.status >= 400 && problem.status < 500) {
    remember(id, {
      url: hasCode(problem, 'too_many_requests', 'unauthorized') ? (findUpload(id)?.url ?? null) : null,
    });
    stop(id, { state: 'failed', problem });
  } else stop(id, { state: 'failed', problem });
}

/** Stop an upload for now; what has arrived stays. */
export function pauseUpload(id: string): void {
  void transfers.get(id)?.pause();
  remember(id, { paused: true });
  stop(id, { state: 'paused' });
}

/** Go on, maybe with a file that was chosen again. */
export function resumeUpload(id: string, source?: UploadItem['source']): void {
  remember(id, { paused: false });
  changeUpload(id, { state: 'waiting', problem: null, ...(source && { source }) });
  next();
}

/** Give an upload up; what has arrived is deleted. */
export function cancelUpload(id: string): void {
  const transfer = transfers.get(id);
  const url = findUpload(id)?.url;
  drop(id);
  if (transfer) void transfer.cancel();
  else if (url) void import('./give-up.ts').then(({ giveUpUpload }) => giveUpUpload(url));
}

/** Take up again whatever the connection has interrupted. */
function resumeLost(): void {
  for (const { id, state } of uploads.value) if (state === 'lost') resumeUpload(id);
}

effect(() => {
  if (isOnline.value) setTimeout(resumeLost);
});
setInterval(resumeLost, TRY_AGAIN_MS);

onSessionEnd(() => {
  for (const transfer of transfers.values()) void transfer.pause();
  for (const { id } of uploads.value) releaseUpload(id);
  transfers.clear();
  uploads.value = [];
});

addEventListener('beforeunload', (event) => {
  if (isUploading.value) event.preventDefault();
});
