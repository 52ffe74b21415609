import { z } from 'zod';
import type { Hold } from '../../lib/contracts.ts';
import type { VideoDatabase } from './models.ts';
import { checkTransfers, type Quotas } from './quotas.ts';

/**
 * Whoever transfers bytes of an upload holds its lease, so that two requests never write to it at once, whichever
 * gateways they reach; a gateway that died loses it soon.
 */

export const LEASE_MS = 20_000;

export const leaseSchema = z.strictObject({ id: z.uuid(), holder: z.string().min(1).max(200) });
type Claim = z.output<typeof leaseSchema>;

/**
 * Take the lease of an upload, or renew it. Of an upload that is none any more there is nothing to protect, so everyone
 * has it.
 * @returns whether the caller has it; asking in vain tells the holder that another one waits
 * @throws ProblemError `quota_exceeded` when the person has too many transfers on their way
 */
export async function holdUpload(
  db: VideoDatabase,
  { id, holder }: Claim,
  quotas: Quotas,
  now: Date,
): Promise<Hold> {
  return db.sequelize.transaction(async (transaction) => {
    const upload = await db.models.upload.findByPk(id, { transaction, lock: true });
    if (!upload) return { held: true, wanted: false };
    const isFree = upload.holder === null || (upload.leaseUntil?.getTime() ?? 0) <= now.getTime();
    if (!isFree && upload.holder !== holder) {
      await upload.update({ wanted: true }, { transaction });
      return { held: false, wanted: true };
    }
    if (isFree) await checkTransfers(db, upload, { quotas, now, transaction });
    const wanted = upload.holder === holder && upload.wanted;
    const leaseUntil = new Date(now.getTime() + LEASE_MS);
    await upload.update({ holder, leaseUntil, wanted }, { transaction });
    return { held: true, wanted };
  });
}

/** Give the lease back. Of one that another holder has by now, nothing changes. */
export async function letUpload({ models }: VideoDatabase, { id, holder }: Claim): Promise<void> {
  await models.upload.update({ holder: null, leaseUntil: null, wanted: false }, { where: { id, holder } });
}
