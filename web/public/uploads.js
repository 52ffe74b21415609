import { languageChanges, text } from './language.js';
import { fieldSentence, Problem, problemSentence } from './problem.js';
import { labelRow, newRow, setText } from './row.js';
import { upload } from './transfer.js';

/** @typedef {import('./transfer.js').Video} Video */

/**
 * @typedef {object} Upload
 * @property {File} file
 * @property {object} recipe
 * @property {string} key
 * @property {import('./row.js').Row} row
 * @property {AbortController} stop
 * @property {'waiting' | 'sending' | 'stopped'} state
 * @property {number} percent
 * @property {unknown} problem
 */

/**
 * Uploads, one after the other: two at once would only share the line.
 * @param {HTMLElement} list
 * @param {(video: Video) => void} onUploaded
 */
export function startUploads(list, onUploaded) {
  /** @type {Upload[]} */
  const uploads = [];

  const next = () => {
    if (uploads.some(({ state }) => state === 'sending')) return;
    const turn = uploads.find(({ state }) => state === 'waiting');
    if (turn) void send(turn);
  };

  /** @param {Upload} it */
  const remove = (it) => {
    uploads.splice(uploads.indexOf(it), 1);
    it.row.element.remove();
  };

  /** @param {Upload} it */
  const send = async (it) => {
    change(it, { state: 'sending', percent: 0, problem: null });
    try {
      const video = await upload({
        ...it,
        signal: it.stop.signal,
        onProgress: (sent, total) => change(it, { percent: Math.floor((sent / total) * 100) }),
      });
      remove(it);
      onUploaded(video);
    } catch (problem) {
      if (!it.stop.signal.aborted) change(it, { state: 'stopped', problem });
    }
    next();
  };

  /** @param {Upload} it */
  const cancel = (it) => {
    it.stop.abort();
    remove(it);
    next();
  };

  /** @param {File} file @param {object} recipe */
  const add = (file, recipe) => {
    const row = newRow('upload-row');
    /** @type {Upload} */
    const it = {
      file,
      recipe,
      key: newKey(),
      row,
      stop: new AbortController(),
      state: 'waiting',
      percent: 0,
      problem: null,
    };
    row.button('cancel').addEventListener('click', () => cancel(it));
    row.button('retry').addEventListener('click', () => {
      change(it, { state: 'waiting', problem: null });
      next();
    });
    uploads.push(it);
    list.append(row.element);
    show(it);
  };

  languageChanges.addEventListener('change', () => uploads.forEach(show));
  addEventListener('beforeunload', (event) => {
    if (uploads.some(({ state }) => state !== 'stopped')) event.preventDefault();
  });

  return {
    /** @param {Iterable<File>} files @param {object} recipe */
    add(files, recipe) {
      for (const file of files) add(file, recipe);
      next();
    },
    cancelAll() {
      for (const it of [...uploads]) cancel(it);
    },
  };
}

/** `crypto.randomUUID` exists on secure origins only. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** @param {Upload} it @param {Partial<Upload>} changes */
function change(it, changes) {
  Object.assign(it, changes);
  show(it);
}

/** @param {Upload} it */
function show(it) {
  const { row, state, percent, file } = it;
  labelRow(row, file.name);
  row.progress.hidden = state === 'stopped';
  row.progress.value = percent;
  row.progress.setAttribute('aria-label', file.name);
  row.button('retry').hidden = state !== 'stopped';
  setText(row.part('status'), statusOf(it));
  setText(row.part('problem'), it.problem ? sentenceOf(it.problem) : '');
}

/** @param {Upload} upload */
function statusOf({ state, percent }) {
  if (state === 'waiting') return text('uploadWaiting');
  if (state === 'stopped') return text('uploadStopped');
  return percent === 100 ? text('storing') : text('uploading', { percent });
}

/** @param {unknown} problem */
function sentenceOf(problem) {
  const fields = problem instanceof Problem ? problem.errors.map(fieldSentence) : [];
  return [problemSentence(problem), ...fields].join(' ');
}
