import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

interface KeyFile {
  file: string;
  makeIfMissing: boolean;
  /** What the key is, for errors: “The … file”. */
  name: string;
}

/**
 * The text of a file that holds a key.
 * @param options where it is, and whether to make it when there is none; processes that start at once end with the same key
 * @param generate gives the text of a new one
 * @throws Error with a sentence that names the file and what is wrong with it
 */
export async function loadKeyFile(options: KeyFile, generate: () => string | Buffer): Promise<string> {
  const { file, makeIfMissing, name } = options;
  const text = (await read(options)) ?? (makeIfMissing ? await make(options, generate()) : null);
  if (text === null) throw new Error(`The ${name} file ${file} does not exist`);
  return text;
}

async function read({ file, name }: KeyFile): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw new Error(`The ${name} file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

/** A whole file is linked into its place, which works once only: whoever comes second takes the first one's key. */
async function make(options: KeyFile, text: string | Buffer): Promise<string | null> {
  const { file, name } = options;
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, file);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') {
      throw new Error(`The ${name} file ${file} cannot be made: ${String(cause)}`, { cause });
    }
  } finally {
    await rm(draft, { force: true });
  }
  return read(options);
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
