import type { Preview } from '../../lib/contracts.ts';

/**
 * Describe a contact sheet as WebVTT, so that players show where one is going: each cue names a part of the picture
 * by its place (W3C Media Fragments, 4.2.2).
 * @param sheet the picture's URL, relative to the storyboard's
 */
export function storyboard(preview: Preview, durationSeconds: number, sheet: string): string {
  const { tiles, columns, tileWidth, tileHeight } = preview;
  const cues = tiles.map(({ timeSeconds }, place) => {
    // The first tile also stands for what comes before it.
    const begin = place === 0 ? 0 : timeSeconds;
    const end = tiles[place + 1]?.timeSeconds ?? Math.max(durationSeconds, begin + 0.001);
    const [x, y] = [(place % columns) * tileWidth, Math.floor(place / columns) * tileHeight];
    return `${clock(begin)} --> ${clock(end)}\n${sheet}#xywh=${x},${y},${tileWidth},${tileHeight}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

/** `hh:mm:ss.ttt` */
function clock(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, '0');
  return `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}.${part(ms % 1000, 3)}`;
}
