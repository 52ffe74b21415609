import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { create as contentDisposition } from 'content-disposition';
import { problemCode } from '../../../lib/errors.ts';
import type { ExportPage } from '../../../lib/person-export.ts';
import type { ObjectStore } from '../../../lib/storage/object-store.ts';
import type { ApiRequest, Call } from '../endpoint.ts';
import { readme } from './export-readme.ts';

interface StoredFile {
  path: string;
  key: string;
}

/** Who holds what of a person. */
const holders = ['auth', 'video', 'notify'];

/**
 * Answer with a ZIP of everything that is held of a person, made while it is sent: each entry begins when the one before
 * is through, so nothing waits in memory, and a slow client slows the store down. A file that is gone meanwhile is named
 * in `missing.json`; whatever else goes wrong cuts the connection, so that nobody takes a part for the whole.
 */
export async function sendExport(
  { res, call }: Pick<ApiRequest, 'res' | 'call'>,
  personId: string,
  store: ObjectStore,
): Promise<void> {
  const first = await call<ExportPage>(`${holders[0]}.exportPerson`, { personId });
  res.setHeader('Content-Type', 'application/zip');
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Content-Disposition', contentDisposition('video-frames-export.zip'));
  const broken = new AbortController();
  const zip = new ZipArchive({ store: true });
  const sent = pipeline(zip, res, { signal: broken.signal });
  sent.catch((error: unknown) => broken.abort(error));
  try {
    await fill(createEntries(zip, broken), { call, personId, store, first });
    await Promise.all([zip.finalize(), sent]);
  } catch (error) {
    broken.abort(error);
    zip.destroy();
    await sent.catch(() => undefined);
    // A client that has gone away needs no telling.
    if (!isLeaving(broken.signal.reason)) throw error;
  }
}

/** The second is that of a client that had gone before the first page was there. */
const LEAVING = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE'];
const isLeaving = (error: unknown) =>
  LEAVING.includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

type AddEntry = (name: string, content: Readable) => Promise<void>;

/** Adds one entry after the other; resolves when it is through. */
function createEntries(zip: ZipArchive, broken: AbortController): AddEntry {
  return async (name, content) => {
    const give = (error: unknown) => broken.abort(error);
    content.once('error', give);
    try {
      broken.signal.throwIfAborted();
      const entered = once(zip, 'entry', { signal: broken.signal });
      zip.append(content, { name });
      await entered;
    } catch (error) {
      content.destroy();
      throw broken.signal.aborted ? broken.signal.reason : error;
    }
  };
}

interface Export {
  call: Call;
  personId: string;
  store: ObjectStore;
  /** The first page of the first holder. */
  first: ExportPage;
}

async function fill(add: AddEntry, { call, personId, store, first }: Export): Promise<void> {
  await add('README.txt', Readable.from([readme]));
  for (const holder of holders) {
    const read = (cursor?: string) =>
      call<ExportPage>(`${holder}.exportPerson`, { personId, ...(cursor ? { cursor } : {}) });
    await addSections(add, holder === holders[0] ? first : await read(), read);
  }
  const missing = await addFiles(add, { call, personId, store });
  if (missing.length > 0) await add('missing.json', Readable.from([JSON.stringify(missing, null, 2)]));
}

/** Each section is a file with one JSON array, however many pages it has. */
async function addSections(
  add: AddEntry,
  first: ExportPage,
  read: (cursor: string) => Promise<ExportPage>,
): Promise<void> {
  let page: ExportPage | null = first;
  while (page !== null) {
    const section: Section = createSection(page, read);
    await add(`${page.section.replaceAll('_', '-')}.json`, Readable.from(section.json()));
    page = section.following();
  }
}

interface Section {
  json(): AsyncGenerator<string>;
  /** The first page of the section after this one, when this one has been read to its end; null after the last one. */
  following(): ExportPage | null;
}

function createSection(first: ExportPage, read: (cursor: string) => Promise<ExportPage>): Section {
  let page: ExportPage | null = first;
  const json = async function* () {
    let separator = '[\n';
    while (page?.section === first.section) {
      for (const item of page.items) {
        yield separator + JSON.stringify(item);
        separator = ',\n';
      }
      page = page.nextCursor === null ? null : await read(page.nextCursor);
    }
    yield separator === '[\n' ? '[]\n' : '\n]\n';
  };
  return { json, following: () => page };
}

/** @returns the paths of those that are gone */
async function addFiles(add: AddEntry, { call, personId, store }: Omit<Export, 'first'>): Promise<string[]> {
  const missing: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: object = { personId, ...(cursor ? { cursor } : {}) };
    const page: { items: StoredFile[]; nextCursor: string | null } = await call('video.exportFiles', query);
    for (const { path, key } of page.items) {
      const content = await openFile(store, key);
      if (content) await add(path, content);
      else missing.push(path);
    }
    cursor = page.nextCursor;
  }
  return missing;
}

async function openFile(store: ObjectStore, key: string): Promise<Readable | null> {
  return store.get(key).catch((error: unknown) => {
    if (problemCode(error) === 'not_found') return null;
    throw error;
  });
}
