import { text } from './language.js';
import { startPolling } from './poll.js';
import { Problem, problemSentence } from './problem.js';
import { setText, tell } from './row.js';
import { request } from './session.js';
import { download } from './transfer.js';
import { createVideoList } from './video-list.js';

/** @typedef {import('./transfer.js').Video} Video */
/** @typedef {import('./video-list.js').Entry} Entry */
/** @typedef {{ list: HTMLElement, more: HTMLButtonElement, empty: HTMLElement, problem: HTMLElement }} Place */

const PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
const POLL_MS = 1500;

/**
 * The person's videos, newest first, kept up to date while something is unfinished.
 * @param {Place} place
 * @param {(question: string) => Promise<boolean>} confirm
 */
export function startVideos({ list, more, empty, problem }, confirm) {
  const videos = createVideoList({ list, empty }, (entry) => wire(entry));
  /** @type {string | null} */
  let cursor = null;
  /** Answers to an earlier person's requests are not shown to the next one. */
  let visit = new AbortController();

  /** @param {string} path @returns {Promise<any>} */
  const get = async (path) => (await request(path, { signal: visit.signal })).json();

  /** What goes wrong is told in the given place. @param {Element} at @param {() => Promise<void>} task */
  const attempt = async (at, task) => {
    const { signal } = visit;
    try {
      await task();
      setText(at, '');
    } catch (error) {
      if (!signal.aborted) setText(at, problemSentence(error));
    }
  };

  const poll = startPolling({
    intervalMs: POLL_MS,
    isNeeded: () => videos.unfinished().length > 0,
    task: () => attempt(problem, refresh),
  });

  const refresh = async () => {
    const limit = Math.min(Math.max(PAGE_SIZE, videos.size()), MAX_PAGE_SIZE);
    /** @type {{ items: Video[] }} */
    const { items } = await get(`/video?limit=${limit}`);
    for (const video of items.toReversed()) videos.put(video, 'first');
    const seen = new Set(items.map(({ id }) => id));
    await Promise.all(videos.unfinished().flatMap(({ id }) => (seen.has(id) ? [] : [refreshOne(id)])));
  };

  /** @param {string} id */
  const refreshOne = async (id) => {
    try {
      videos.put(await get(`/video/${id}`), 'last');
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'not_found') throw error;
      videos.drop(id);
    }
  };

  const loadMore = async () => {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor ? { cursor } : {}) });
    /** @type {{ items: Video[], nextCursor: string | null }} */
    const page = await get(`/video?${query}`);
    for (const video of page.items) videos.put(video, 'last');
    cursor = page.nextCursor;
    more.hidden = cursor === null;
    empty.hidden = videos.size() > 0;
    poll.wake();
  };

  /** @param {Entry} entry */
  const wire = (entry) => {
    const actions = { download: save, cancel: post('cancel'), retry: post('retry'), remove };
    for (const [name, action] of Object.entries(actions)) {
      const button = entry.row.button(name);
      button.addEventListener('click', () => attempt(entry.row.part('problem'), () => action(entry)));
    }
  };

  /** @param {Entry} entry */
  const save = async (entry) => {
    /** @param {number | null} percent */
    const tellProgress = (percent) => {
      entry.downloaded = percent;
      videos.show(entry);
    };
    await download(entry.video, tellProgress).finally(() => tellProgress(null));
  };

  /** @param {'cancel' | 'retry'} change @returns {(entry: Entry) => Promise<void>} */
  const post = (change) => async (entry) => {
    const response = await request(`/video/${entry.video.id}/${change}`, { method: 'POST' });
    videos.put(await response.json(), 'first');
    poll.wake();
  };

  /** @param {Entry} entry */
  const remove = async ({ video: { id, filename } }) => {
    if (!(await confirm(text('confirmDelete', { filename })))) return;
    await request(`/video/${id}`, { method: 'DELETE' });
    videos.drop(id);
    tell(text('deleted', { filename }));
  };

  const moreOf = () => attempt(problem, loadMore);
  more.addEventListener('click', moreOf);

  return {
    load: moreOf,
    /** @param {Video} video that was just uploaded */
    add(video) {
      videos.put(video, 'first');
      poll.wake();
    },
    clear() {
      visit.abort();
      visit = new AbortController();
      cursor = null;
      more.hidden = true;
      setText(problem, '');
      videos.clear();
    },
  };
}
