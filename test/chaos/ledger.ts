import type { Sequelize } from 'sequelize';
import { QueryTypes } from 'sequelize';
import type { VideoJson } from '../../lib/contracts.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { readArchive } from '../support/archive.ts';
import { eventually } from '../support/eventually.ts';
import type { Load } from './load.ts';

/** What became of the accepted videos. Everything but `accepted`, `completed` and `failed` must be 0. */
export interface Ledger {
  accepted: number;
  completed: number;
  failed: number;
  /** Not as the input deserves: completed though it is no video, or failed though it is one. */
  wrong: number;
  stuck: number;
  /** Archives that are not there, don't open, or hold other frames than they should. */
  badArchives: number;
  /** Extractions of one video beyond the first. */
  duplicates: number;
  missingMails: number;
  duplicateMails: number;
}

/** What must be 0. */
export const nothingWrong = {
  ...{ wrong: 0, stuck: 0, badArchives: 0, duplicates: 0 },
  ...{ missingMails: 0, duplicateMails: 0 },
} satisfies Partial<Ledger>;

interface Books {
  video: Sequelize;
  store: ObjectStore;
  /** The texts of the mails that have arrived. */
  mails: () => string[];
  framesExpected: number;
}

const SETTLE_MS = 180_000;

/** Wait until everything has settled, then count. */
export async function keepLedger(load: Load, books: Books): Promise<Ledger> {
  await settled(load, books).catch(() => undefined);
  const rows = await extractionsOf(load, books.video);
  const ledger: Ledger = {
    accepted: load.accepted.length,
    completed: 0,
    failed: 0,
    ...nothingWrong,
  };
  for (const { id, expected } of load.accepted) {
    const own = rows.filter(({ videoId }) => videoId === id);
    const status = own[0]?.status;
    if (status === 'completed' || status === 'failed') ledger[status] += 1;
    else ledger.stuck += 1;
    if (status !== expected) ledger.wrong += 1;
    ledger.duplicates += Math.max(own.length - 1, 0);
    if (status === 'completed' && !(await isWhole(own[0]?.archiveKey, books))) ledger.badArchives += 1;
    const told = books.mails().filter((text) => text.includes(id)).length;
    if (told === 0) ledger.missingMails += 1;
    ledger.duplicateMails += Math.max(told - 1, 0);
  }
  return ledger;
}

interface ExtractionRow {
  videoId: string;
  status: VideoJson['status'];
  archiveKey: string | null;
}

function extractionsOf(load: Load, video: Sequelize): Promise<ExtractionRow[]> {
  return video.query<ExtractionRow>(
    'SELECT video_id AS "videoId", status, archive_key AS "archiveKey" FROM extractions WHERE video_id IN (:ids)',
    { replacements: { ids: load.accepted.map(({ id }) => id) }, type: QueryTypes.SELECT },
  );
}

async function settled(load: Load, books: Books): Promise<void> {
  await eventually(
    async () => {
      const rows = await extractionsOf(load, books.video);
      const done = rows.every(({ status }) => status === 'completed' || status === 'failed');
      const told = load.accepted.every(({ id }) => books.mails().some((text) => text.includes(id)));
      return done && told;
    },
    'every video to be finished and told of',
    SETTLE_MS,
  );
}

async function isWhole(key: string | null | undefined, { store, framesExpected }: Books): Promise<boolean> {
  if (!key) return false;
  const entries = await readArchive(store, key).catch(() => new Map<string, Buffer>());
  return entries.size === framesExpected + 1;
}
