import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import sharp from 'sharp';

/** What a small copy may be wide, in pixels: few widths, so that few copies are made of one frame. */
export const SMALL_WIDTHS = ['320', '640'] as const;
export type SmallWidth = (typeof SMALL_WIDTHS)[number];

/** Copies of frames for galleries, made when somebody looks: most frames of most videos are never looked at. */
export interface SmallFrames {
  /**
   * @param name tells the frame from every other one
   * @param load reads it in full; called only when its turn has come and nobody has made this copy of late
   * @param isWanted asked then, too: whoever scrolls on does not wait for what is out of sight
   * @returns a JPEG, or undefined when it is not wanted any more
   */
  get(
    name: string,
    width: SmallWidth,
    load: () => Promise<Buffer>,
    isWanted: () => boolean,
  ): Promise<Buffer | undefined>;
}

/** sharp works in Node's threads, which files and passwords need, too; and a frame in full may have 25 MB. */
const AT_ONCE = 2;
const MAX_REMEMBERED_BYTES = 16 * 1024 ** 2;

export function createSmallFrames(): SmallFrames {
  const remembered = new LRUCache<string, Buffer>({
    maxSize: MAX_REMEMBERED_BYTES,
    sizeCalculation: ({ length }) => length,
  });
  const inTurn = pLimit(AT_ONCE);
  return {
    get: (name, width, load, isWanted) => {
      const key = `${name} ${width}`;
      const known = remembered.get(key);
      if (known) return Promise.resolve(known);
      return inTurn(async () => {
        const made = remembered.get(key);
        if (made || !isWanted()) return made;
        const small = await shrink(await load(), Number(width));
        remembered.set(key, small);
        return small;
      });
    },
  };
}

const shrink = (image: Buffer, width: number): Promise<Buffer> =>
  sharp(image, { sequentialRead: true })
    .resize({ width, withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
