import { signal } from '@preact/signals';
import { asPerson, atLast } from '../api/client.ts';
import { hasCode, sentenceOf } from '../api/problem.ts';
import type { Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { showToast } from '../ui/toasts.ts';
import { dropVideo, takeVideo } from './listing.ts';

/** How long a deletion can be taken back. */
const UNDO_SECONDS = 8;

const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; hideToast: () => void }>();

/** The ids of videos that are to be deleted, and not shown meanwhile. */
export const leaving = signal<ReadonlySet<string>>(new Set());

function setLeaving(change: (ids: Set<string>) => void): void {
  const ids = new Set(leaving.value);
  change(ids);
  leaving.value = ids;
}

/** Delete a video, unless its owner thinks better of it. */
export function deleteVideo(video: Video): void {
  const { id, filename } = video;
  setLeaving((ids) => ids.add(id));
  const undo = () => {
    clearTimeout(waiting.get(id)?.timer);
    waiting.delete(id);
    setLeaving((ids) => ids.delete(id));
  };
  const hideToast = showToast(t('deletedOne', { name: filename }), {
    seconds: UNDO_SECONDS,
    action: { label: t('undo'), run: undo },
  });
  waiting.set(id, { timer: setTimeout(() => void destroy(video), UNDO_SECONDS * 1000), hideToast });
}

async function destroy(video: Video): Promise<void> {
  const { id } = video;
  waiting.delete(id);
  try {
    await asPerson.DELETE('/video/{id}', { params: { path: { id } } });
    dropVideo(id);
  } catch (error) {
    if (hasCode(error, 'not_found')) dropVideo(id);
    else {
      takeVideo(video);
      showToast(sentenceOf(error), { tone: 'bad' });
    }
  }
  setLeaving((ids) => ids.delete(id));
}

// Who leaves the page does not take anything back any more.
addEventListener('pagehide', () => {
  for (const [id, { timer, hideToast }] of waiting) {
    clearTimeout(timer);
    hideToast();
    void asPerson.DELETE('/video/{id}', { params: { path: { id } }, ...atLast }).catch(() => undefined);
    dropVideo(id);
  }
  waiting.clear();
});
