import { Problem, readProblem } from './problem.js';
import { request, withToken } from './session.js';

/** @typedef {import('../../lib/contracts.ts').VideoJson} Video */

/**
 * @typedef {object} Sending
 * @property {File} file
 * @property {object} recipe
 * @property {string} key makes sending the same file twice recognisable, so that a retry never makes a second video
 * @property {AbortSignal} signal
 * @property {(sent: number, total: number) => void} onProgress
 */

/**
 * Upload a video. XMLHttpRequest, because fetch does not tell how much it has sent.
 * @param {Sending} sending
 * @returns {Promise<Video>}
 */
export function upload(sending) {
  return withToken((token) => sendOnce(sending, token));
}

/** @param {Sending} sending @param {string} token @returns {Promise<Video>} */
function sendOnce({ file, recipe, key, signal, onProgress }, token) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const query = new URLSearchParams({ filename: file.name, recipe: JSON.stringify(recipe) });
    xhr.open('POST', `/video?${query}`);
    xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    xhr.setRequestHeader(
      'Content-Type',
      file.type.startsWith('video/') ? file.type : 'application/octet-stream',
    );
    xhr.setRequestHeader('Idempotency-Key', key);
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    xhr.onload = () => {
      if (xhr.status === 201 || xhr.status === 200) resolve(JSON.parse(xhr.responseText));
      else reject(readProblem(xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')));
    };
    xhr.onerror = () => reject(new Problem({ code: 'offline' }));
    xhr.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => xhr.abort());
    if (signal.aborted) reject(signal.reason);
    else xhr.send(file);
  });
}

/** @typedef {{ createWritable(): Promise<WritableStream<Uint8Array>> }} FileHandle */
/** @typedef {(options: object) => Promise<FileHandle>} SaveFilePicker */

/**
 * Save a video's archive: straight into a file that the person chooses, where the browser can do that, else by way of
 * a blob.
 * @param {Video} video
 * @param {(percent: number) => void} onProgress
 */
export async function download({ id, filename, archive }, onProgress) {
  const name = `${filename.replace(/\.[^.]{1,10}$/, '') || 'frames'}.zip`;
  // The picker opens only right after the click, so it comes before the request.
  const file = await chooseFile(name);
  if (file === 'declined') return;
  const response = await request(`/video/${id}/download`);
  const bytes = counted(response, archive?.size ?? 0, onProgress);
  if (file) await bytes.pipeTo(await file.createWritable());
  else offer(await new Response(bytes).blob(), name);
}

/** @param {string} suggestedName @returns {Promise<FileHandle | 'declined' | null>} */
async function chooseFile(suggestedName) {
  const picker = /** @type {{ showSaveFilePicker?: SaveFilePicker }} */ (window).showSaveFilePicker;
  if (!picker) return null;
  const types = [{ accept: { 'application/zip': ['.zip'] } }];
  return picker({ suggestedName, types }).catch((error) => {
    if (error.name === 'AbortError') return 'declined';
    throw error;
  });
}

/**
 * @param {Response} response
 * @param {number} total
 * @param {(percent: number) => void} onProgress
 * @returns {ReadableStream<Uint8Array>}
 */
function counted(response, total, onProgress) {
  let got = 0;
  const count = new TransformStream({
    transform(chunk, controller) {
      got += chunk.length;
      if (total > 0) onProgress(Math.floor((got / total) * 100));
      controller.enqueue(chunk);
    },
  });
  return /** @type {ReadableStream<Uint8Array>} */ (response.body).pipeThrough(count);
}

/** @param {Blob} blob @param {string} name */
function offer(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([blob], { type: 'application/zip' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
