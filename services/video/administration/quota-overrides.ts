import type { z } from 'zod';
import type { quotaDeed } from '../../../lib/administration/requests.ts';
import type { QuotaReport } from '../../../lib/administration/replies.ts';
import { noteDeed } from '../../../lib/administration/deeds.ts';
import { ProblemError } from '../../../lib/errors.ts';
import { isGone } from '../../../lib/gone-people.ts';
import { lock } from '../locks.ts';
import type { VideoDatabase } from '../models.ts';
import { noOverrides, overridesOf } from '../person-quotas.ts';
import { readUsage, type Quotas } from '../quotas.ts';

/** @returns what a person may have, by whose decision, and what they have */
export async function readQuotas(
  db: VideoDatabase,
  personId: string,
  quotas: Quotas,
  now: Date,
): Promise<QuotaReport> {
  const row = await db.models.quotaOverride.findByPk(personId);
  const usage = await readUsage(db, personId, quotas, now);
  return {
    personId,
    defaults: { ...quotas },
    overrides: row ? overridesOf(row) : noOverrides,
    setAt: row?.setAt.toISOString() ?? null,
    setBy: row?.setBy ?? null,
    used: {
      storedBytes: usage.storedBytes.used,
      videosPerDay: usage.videosPerDay.used,
      concurrentUploads: usage.concurrentUploads.used,
    },
  };
}

/**
 * Give a person limits of their own instead of those that they have had; null gives them everyone's back. They hold
 * from the next upload on.
 * @throws ProblemError `validation_failed` when files may be larger than gateways take; `not_found` when the person is
 * gone
 */
export async function setQuotas(
  db: VideoDatabase,
  { personId, overrides, by }: z.output<typeof quotaDeed>,
  quotas: Quotas,
  now: Date,
): Promise<void> {
  if ((overrides?.fileBytes ?? 0) > quotas.fileBytes) {
    const message = `No file may have more than ${quotas.fileBytes} bytes (MAX_UPLOAD_BYTES)`;
    throw new ProblemError('validation_failed', { errors: [{ path: 'fileBytes', message }] });
  }
  await db.sequelize.transaction(async (transaction) => {
    await lock(db, 'quotas', personId, transaction);
    if (await isGone(db.sequelize, personId, transaction)) throw new ProblemError('not_found');
    await db.models.quotaOverride.destroy({ where: { personId }, transaction });
    const own = overrides && Object.values(overrides).some((limit) => limit !== null) ? overrides : null;
    if (own)
      await db.models.quotaOverride.create({ personId, ...own, setAt: now, setBy: by }, { transaction });
    const deed = own ? 'quotas_set' : 'quotas_cleared';
    const limits = Object.entries(own ?? {}).filter(([, limit]) => limit !== null);
    const details = Object.fromEntries(limits);
    await noteDeed(db.sequelize, { by, deed, about: personId, details }, now, transaction);
  });
}
