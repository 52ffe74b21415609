import { QueryTypes, type Transaction } from 'sequelize';
import type { QuotaOverrides } from '../../lib/administration/requests.ts';
import type { VideoDatabase } from './models.ts';
import type { Quotas } from './quotas.ts';
import type { QuotaOverride } from './transfer-models.ts';

export const noOverrides: QuotaOverrides = {
  storedBytes: null,
  videosPerDay: null,
  concurrentUploads: null,
  fileBytes: null,
};

/** bigint columns arrive as strings. */
export function overridesOf(
  row: Pick<QuotaOverride, 'storedBytes' | 'videosPerDay' | 'concurrentUploads' | 'fileBytes'>,
): QuotaOverrides {
  const { storedBytes, videosPerDay, concurrentUploads, fileBytes } = row;
  return {
    storedBytes: storedBytes === null ? null : Number(storedBytes),
    videosPerDay,
    concurrentUploads,
    fileBytes: fileBytes === null ? null : Number(fileBytes),
  };
}

/**
 * @param quotas everyone's
 * @returns what this person may have: an administrator may have given them more or less
 */
export async function quotasOf(
  { sequelize }: Pick<VideoDatabase, 'sequelize'>,
  personId: string,
  quotas: Quotas,
  transaction: Transaction | null,
): Promise<Quotas> {
  const [row] = await sequelize.query<Parameters<typeof overridesOf>[0]>(
    `SELECT stored_bytes AS "storedBytes", videos_per_day AS "videosPerDay",
      concurrent_uploads AS "concurrentUploads", file_bytes AS "fileBytes"
     FROM quota_overrides WHERE person_id = :personId`,
    { replacements: { personId }, type: QueryTypes.SELECT, transaction },
  );
  if (!row) return quotas;
  const own = overridesOf(row);
  return {
    storedBytes: own.storedBytes ?? quotas.storedBytes,
    videosPerDay: own.videosPerDay ?? quotas.videosPerDay,
    concurrentUploads: own.concurrentUploads ?? quotas.concurrentUploads,
    // The gateways take no larger ones, whatever was allowed before the limit came down.
    fileBytes: Math.min(own.fileBytes ?? quotas.fileBytes, quotas.fileBytes),
  };
}
