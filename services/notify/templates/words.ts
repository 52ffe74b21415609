import type { Locale } from '../../../lib/contracts.ts';

/**
 * Make one short line of text that a stranger may have written: no control characters, no line breaks, nothing that
 * turns the writing direction of what stands around it; too long a text loses its middle, so that an extension stays.
 * @param text for instance a filename
 * @param length the most characters, as a reader counts them, that are left
 */
export function oneLine(text: string, length: number): string {
  const line = text
    .toWellFormed()
    .replace(/\p{Bidi_Control}/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const characters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  if (characters.length <= length) return line;
  const tail = Math.floor(length / 3);
  return [...characters.slice(0, length - tail - 1), '…', ...characters.slice(-tail)].join('');
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/**
 * A size as people read it.
 * @param bytes the size
 * @returns for instance “12.3 MB” or “12,3 MB”; a megabyte is a million bytes
 */
export function readableSize(bytes: number, locale: Locale): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(bytes / 1000 ** power);
}

/** What the product is called, as on its page. */
export const productName: Record<Locale, string> = { en: 'Video frames', 'pt-BR': 'Quadros de vídeo' };
