import type { Recipe } from '../../lib/recipe.ts';

/** How ffmpeg writes one image format. */
export interface Encoding {
  pixelFormats: string;
  args: string[];
}

/**
 * The encoder and its options for a recipe.
 *
 * JPEG: quality 1-100 becomes ffmpeg's 31-2, the default is the best. PNG: level 1 with the `up` prediction is smaller
 * and twice as fast as ffmpeg's default on camera footage. WebP: higher efforts cost four times the time for a
 * tenth of the size.
 */
export function encodingOf({ format, quality }: Pick<Recipe, 'format' | 'quality'>): Encoding {
  if (format === 'png') {
    return { pixelFormats: 'rgb24', args: ['-c:v', 'png', '-compression_level', '1', '-pred', 'up'] };
  }
  if (format === 'webp') {
    const args = ['-c:v', 'libwebp', '-quality', String(quality ?? 80), '-compression_level', '0'];
    return { pixelFormats: 'yuv420p', args };
  }
  const scale = String(Math.round(31 - ((quality ?? 100) - 1) * (29 / 99)));
  return {
    pixelFormats: 'yuvj420p|yuvj422p|yuvj444p',
    args: ['-c:v', 'mjpeg', '-qmin', '2', '-qmax', '31', '-q:v', scale],
  };
}
