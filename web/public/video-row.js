import { dateAndTime, duration, fileSize, sentence, text } from './language.js';
import { describeRecipe } from './recipe.js';
import { labelRow, setText } from './row.js';

/** @typedef {import('./transfer.js').Video} Video */

/** @param {Video} video */
export const isUnfinished = ({ status }) => status === 'queued' || status === 'processing';

/**
 * Show a video in its row.
 * @param {import('./row.js').Row} row
 * @param {Video} video
 * @param {number | null} downloaded percent of a download that runs
 */
export function showVideo(row, video, downloaded) {
  const { status, filename, error } = video;
  labelRow(row, filename);
  row.element.dataset.status = status;
  setText(row.part('status'), statusText(video));
  setText(row.part('facts'), facts(video).join(' · '));
  setText(row.part('failure'), error ? (sentence('failureSentences', error.code) ?? error.message) : '');
  row.progress.hidden = !isUnfinished(video);
  row.progress.value = video.progress;
  row.progress.setAttribute('aria-label', text('extracting'));
  row.button('download').hidden = status !== 'completed';
  row.button('download').disabled = downloaded !== null;
  if (downloaded !== null) setText(row.button('download'), text('downloading', { percent: downloaded }));
  row.button('cancel').hidden = !isUnfinished(video);
  row.button('retry').hidden = status !== 'failed' && status !== 'canceled' && status !== 'expired';
}

/** @param {Video} video */
export function statusText({ status, progress, queuePosition }) {
  if (status === 'processing') return text('processing', { percent: progress });
  if (status === 'queued' && queuePosition !== null) return text('queuedAt', { place: queuePosition });
  return text(status);
}

/** @param {Video} video @returns {string[]} */
function facts({ size, media, frameCount, archive, recipe, createdAt }) {
  return [
    fileSize(size),
    ...(media ? [duration(media.durationSeconds), `${media.width} × ${media.height}`] : []),
    describeRecipe(recipe),
    ...(frameCount === null ? [] : [text('frames', { count: frameCount })]),
    ...(archive ? [text('zipSize', { size: fileSize(archive.size) })] : []),
    dateAndTime(createdAt),
  ];
}
