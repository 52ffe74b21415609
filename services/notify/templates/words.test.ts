import { describe, expect, test } from '@jest/globals';
import { oneLine, readableSize } from './words.ts';

describe('oneLine', () => {
  test.each([
    ['a plain name', 'holiday.mp4', 'holiday.mp4'],
    ['line breaks', 'a\r\nBcc: eve@example.com\n\nb.mp4', 'a Bcc: eve@example.com b.mp4'],
    ['Unicode line breaks', 'a\u2028b\u2029c\u0085d.mp4', 'a b c d.mp4'],
    ['control characters', '\u0000a\u0007b\u001b[31m.mp4', 'a b [31m.mp4'],
    ['a right-to-left override', 'holiday\u202egpj.exe', 'holidaygpj.exe'],
    ['isolates and marks', '\u2066a\u2069\u200f\u061cb', 'ab'],
    ['a right-to-left script', 'סרטון.mp4', 'סרטון.mp4'],
    ['half a surrogate pair', 'a\ud83cb', 'a\ufffdb'],
    ['nothing but blanks', ' \t\n ', ''],
  ])('%s', (_name, text, expected) => {
    expect(oneLine(text, 60)).toBe(expected);
  });

  test('a long name loses its middle and keeps its extension', () => {
    const short = oneLine(`${'a'.repeat(500)}.mp4`, 30);
    expect(short).toBe(`${'a'.repeat(19)}…${'a'.repeat(6)}.mp4`);
    expect(short).toHaveLength(30);
  });

  test('no character is cut in two', () => {
    const families = '👨‍👩‍👧‍👦'.repeat(40);
    expect(oneLine(families, 10)).toBe(`${'👨‍👩‍👧‍👦'.repeat(6)}…${'👨‍👩‍👧‍👦'.repeat(3)}`);
  });
});

describe('readableSize', () => {
  test.each([
    [0, '0 bytes', '0 byte'],
    [999, '999 bytes', '999 bytes'],
    [1000, '1 kB', '1 kB'],
    [12_345_678, '12.3 MB', '12,3 MB'],
    [5_000_000_000, '5 GB', '5 GB'],
    [2_500_000_000_000_000, '2,500 TB', '2.500 TB'],
  ])('%d bytes', (bytes, english, portuguese) => {
    expect(readableSize(bytes, 'en')).toBe(english);
    expect(readableSize(bytes, 'pt-BR').replace('\u00a0', ' ')).toBe(portuguese);
  });
});
