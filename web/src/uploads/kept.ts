import type { WantedRecipe } from '../recipe/draft.ts';

/** An upload as it outlives the page: what it takes to go on where it broke off. */
export interface KeptUpload {
  id: string;
  /** Whose it is. */
  personId: string;
  name: string;
  size: number;
  lastModified: number;
  recipe: WantedRecipe;
  /** Where the bytes go; null before the server has been asked. */
  url: string | null;
  /** How many bytes had arrived when this was written, for showing only: the server knows better. */
  sent: number;
  paused: boolean;
  createdAt: number;
}

/** The way back to the bytes: the file itself, or a handle that the person may have to allow once more. */
export type Source = File | FileSystemFileHandle;

const NAME = 'uploads';

function open(): Promise<IDBDatabase> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('kept', { keyPath: 'id' });
    // Apart from the rest: a file that can't be kept must not take its upload with it.
    opening.result.createObjectStore('sources');
  };
  return asPromise(opening);
}

let opened: Promise<IDBDatabase> | null = null;
const database = () => (opened ??= open());

const asPromise = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser’s storage has failed'));
  });

type StoreName = 'kept' | 'sources';

async function inStore<Result>(
  names: StoreName | StoreName[],
  mode: IDBTransactionMode,
  work: (store: (name: StoreName) => IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const transaction = (await database()).transaction(names, mode);
  return asPromise(work((name) => transaction.objectStore(name)));
}

/** Without a storage (a private window, a full disk) uploads work all the same, but don't outlive the page. */
const orNothing = () => undefined;

/** Keep an upload, or what has changed of it. */
export const keepUpload = (upload: KeptUpload): Promise<unknown> =>
  inStore('kept', 'readwrite', (store) => store('kept').put(upload)).catch(orNothing);

/** Keep the way back to its bytes. */
export const keepSource = (id: string, source: Source): Promise<unknown> =>
  inStore('sources', 'readwrite', (store) => store('sources').put(source, id)).catch(orNothing);

/** Forget an upload and its bytes. */
export const forgetUpload = (id: string): Promise<unknown> =>
  inStore(['kept', 'sources'], 'readwrite', (store) => {
    store('sources').delete(id);
    return store('kept').delete(id);
  }).catch(orNothing);

/** What is kept for a person, oldest first. */
export async function keptUploads(personId: string): Promise<KeptUpload[]> {
  const all = await inStore<KeptUpload[]>(
    'kept',
    'readonly',
    (store) => store('kept').getAll() as IDBRequest<KeptUpload[]>,
  ).catch(() => []);
  return all.filter((it) => it.personId === personId).sort((a, b) => a.createdAt - b.createdAt);
}

/** The way back to an upload's bytes, if one was kept. */
export const keptSource = (id: string): Promise<Source | undefined> =>
  inStore<Source | undefined>(
    'sources',
    'readonly',
    (store) => store('sources').get(id) as IDBRequest<Source | undefined>,
  ).catch(orNothing);
