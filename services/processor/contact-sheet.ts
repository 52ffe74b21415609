import sharp from 'sharp';
import type { Preview } from '../../lib/contracts.ts';

/** Collects small copies of the frames, and makes one picture of them. */
export interface ContactSheet {
  /** @param thumb RGB, 8 bits each */
  add(thumb: Buffer, frame: Preview['tiles'][number]): void;
  /** @returns the sheet as a JPEG, and what is where on it; undefined without a frame */
  finish(): Promise<{ image: Buffer; preview: Omit<Preview, 'key' | 'size'> } | undefined>;
}

const MAX_TILES = 100;
const COLUMNS = 10;

interface Tile {
  thumb: Buffer;
  frame: Preview['tiles'][number];
}

/** However many frames come, the tiles are spread evenly over them: when there are too many, every second one goes. */
export function createContactSheet({ width, height }: { width: number; height: number }): ContactSheet {
  let tiles: Tile[] = [];
  let stride = 1;
  let seen = 0;
  return {
    add: (thumb, frame) => {
      if (seen % stride === 0) tiles.push({ thumb, frame });
      seen += 1;
      if (tiles.length <= MAX_TILES) return;
      tiles = tiles.filter((_, place) => place % 2 === 0);
      stride *= 2;
    },
    finish: async () => {
      if (tiles.length === 0) return undefined;
      const columns = Math.min(COLUMNS, tiles.length);
      const size = { width: columns * width, height: Math.ceil(tiles.length / columns) * height };
      const pixels = Buffer.alloc(size.width * size.height * 3);
      tiles.forEach(({ thumb }, place) => {
        const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
        for (let y = 0; y < height; y += 1) {
          thumb.copy(pixels, ((top + y) * size.width + left) * 3, y * width * 3, (y + 1) * width * 3);
        }
      });
      const image = await sharp(pixels, { raw: { ...size, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer();
      const shown = tiles.map(({ frame }) => frame);
      return {
        image,
        preview: { columns, tileWidth: width, tileHeight: height, tiles: shown, poster: mostVaried(tiles) },
      };
    },
  };
}

/** The frame that represents a video: the one with the most contrast, so neither a black nor a blank one. */
function mostVaried(tiles: Tile[]): number {
  const best = tiles.reduce((a, b) => (variance(b.thumb) > variance(a.thumb) ? b : a));
  return best.frame.index;
}

function variance(values: Buffer): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares / values.length - (sum / values.length) ** 2;
}
