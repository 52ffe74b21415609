import type { Glimpse } from './estimate.ts';

const PATIENCE_MS = 8000;

/**
 * Look into a file for its length and size, by a player that nobody sees.
 * @returns null for what this browser can't play; the server may be able to read it all the same
 */
export function glimpseOf(file: File): Promise<Glimpse | null> {
  const url = URL.createObjectURL(file);
  const player = document.createElement('video');
  player.preload = 'metadata';
  player.muted = true;
  return new Promise<Glimpse | null>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, null);
    player.onerror = () => resolve(null);
    player.onloadedmetadata = () => {
      const { duration, videoWidth: width, videoHeight: height } = player;
      resolve(Number.isFinite(duration) && width > 0 ? { durationSeconds: duration, width, height } : null);
    };
    player.src = url;
  }).finally(() => {
    player.removeAttribute('src');
    player.load();
    URL.revokeObjectURL(url);
  });
}
