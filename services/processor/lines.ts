import type { Readable } from 'node:stream';

/** A longer line is cut: metadata in a hostile file may hold megabytes without a line break. */
const MAX_LINE_CHARS = 4096;

/**
 * Read a text stream line by line with bounded memory (`node:readline` has no limit on a line's length).
 * @param stream bytes; each is taken as one character, which is enough for the ASCII that is looked for
 * @returns the lines without their ends, cut to 4096 characters
 */
export async function* boundedLines(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString('latin1')).split(/[\r\n]+/);
    rest = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const line of parts) if (line) yield line.slice(0, MAX_LINE_CHARS);
  }
  if (rest) yield rest;
}
