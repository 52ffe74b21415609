import { signal } from '@preact/signals';
import { asPerson, atLast } from '../api/client.ts';
import { hasCode, sentenceOf } from '../api/problem.ts';
import type { Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { showToast } from '../ui/toasts.ts';
import { dropVideo, takeVideo } from './listing.ts';

/** How long a deletion can be taken back. */
const UNDO_SECONDS = 8;

interface Deletion {
  timer: ReturnType<typeof setTimeout>;
  hideToast: () => void;
  undo: () => void;
}

/** In the order in which they were wished for. */
const waiting = new Map<string, Deletion>();

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
    setTimeout(() => cardLinkOf(id)?.focus());
  };
  const hideToast = showToast(t('deletedOne', { name: filename }), {
    seconds: UNDO_SECONDS,
    action: { label: t('undo'), run: undo },
  });
  waiting.set(id, { timer: setTimeout(() => void destroy(video), UNDO_SECONDS * 1000), hideToast, undo });
}

const cardLinkOf = (id: string) =>
  document.querySelector<HTMLElement>(`.video h2 a[href="${CSS.escape(paths.video(id))}"]`);

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

// The button may be many stops away for whoever works with the keyboard.
addEventListener('keydown', ({ key, ctrlKey, metaKey, shiftKey, target }) => {
  const isUndo = key.toLowerCase() === 'z' && (ctrlKey || metaKey) && !shiftKey;
  if (!isUndo || (target instanceof Element && target.matches('input, textarea'))) return;
  const last = [...waiting.values()].at(-1);
  last?.hideToast();
  last?.undo();
});

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
