import { languageChanges, text } from './language.js';
import { newRow, tell } from './row.js';
import { isUnfinished, showVideo, statusText } from './video-row.js';

/** @typedef {import('./transfer.js').Video} Video */
/** @typedef {{ video: Video, row: import('./row.js').Row, downloaded: number | null }} Entry */

/**
 * The rows of the videos, one for each, kept up to date in place so that the focus stays where it is.
 * @param {{ list: HTMLElement, empty: HTMLElement }} place
 * @param {(entry: Entry) => void} onNew a row was made
 */
export function createVideoList({ list, empty }, onNew) {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  /** Answers that were on their way when a video was deleted must not bring it back. */
  const dropped = new Set();

  /** @param {Entry} entry */
  const show = ({ row, video, downloaded }) => showVideo(row, video, downloaded);

  /** @param {Video} video @param {'first' | 'last'} at @returns {Entry} */
  const add = (video, at) => {
    const entry = { video, row: newRow('video-row'), downloaded: null };
    entries.set(video.id, entry);
    if (at === 'first') list.prepend(entry.row.element);
    else list.append(entry.row.element);
    onNew(entry);
    return entry;
  };

  languageChanges.addEventListener('change', () => entries.forEach(show));

  return {
    show,
    size: () => entries.size,
    unfinished: () => [...entries.values()].map(({ video }) => video).filter(isUnfinished),

    /** @param {Video} video @param {'first' | 'last'} at where it goes when it is new here */
    put(video, at) {
      if (dropped.has(video.id)) return;
      const known = entries.get(video.id);
      if (known && known.video.status !== video.status) {
        tell(text('statusNews', { filename: video.filename, status: statusText(video) }));
      }
      const entry = known ?? add(video, at);
      entry.video = video;
      show(entry);
      empty.hidden = true;
    },

    /** @param {string} id */
    drop(id) {
      dropped.add(id);
      entries.get(id)?.row.element.remove();
      entries.delete(id);
      empty.hidden = entries.size > 0;
    },

    clear() {
      entries.clear();
      list.replaceChildren();
      empty.hidden = true;
    },
  };
}
