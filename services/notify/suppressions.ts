import { QueryTypes } from 'sequelize';
import { digest } from '../../lib/digest.ts';
import type { NotifyDatabase, Suppression } from './models.ts';

/**
 * Addresses that get no mail: sending on to mailboxes that don't exist, or to people who call it spam, costs a sender
 * the trust of every mail provider. They outlive the accounts they belonged to, so no address is kept, but its digest:
 * whoever knows an address finds it, and nobody reads one here.
 */

/** Addresses differ in the case of letters only for very old servers. */
const hashOf = (address: string) => digest('suppressed', address.toLowerCase());

/** An address that is known not to want mail, or not to be there. */
export type BadAddress = Pick<Suppression, 'reason'> & { address: string };

/** Remember that an address refuses mail; the first reason stays. */
export async function suppress(
  { models }: NotifyDatabase,
  { address, reason }: BadAddress,
  now: Date,
): Promise<void> {
  const row = { addressHash: hashOf(address), reason, at: now };
  await models.suppression.bulkCreate([row], { ignoreDuplicates: true });
}

/** @returns why an address gets no mail; null when it gets mail */
export async function suppressionOf(
  { models }: NotifyDatabase,
  address: string,
): Promise<Suppression | null> {
  return models.suppression.findByPk(hashOf(address));
}

/** The address gets mail again. */
export async function liftSuppression({ models }: NotifyDatabase, address: string): Promise<void> {
  await models.suppression.destroy({ where: { addressHash: hashOf(address) } });
}

/** A person's address and why it gets no mail, as the API shows it. */
export async function findSuppression(db: NotifyDatabase, address: string) {
  const found = await suppressionOf(db, address);
  return { address, suppressed: found && { reason: found.reason, at: found.at.toISOString() } };
}

/** Take over what earlier versions have written down as it was, also while some of them still run; nothing of it stays. */
export async function digestOldSuppressions({ sequelize, models }: NotifyDatabase): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    const old = await sequelize.query<BadAddress & { at: Date }>(
      'DELETE FROM suppressions RETURNING address, reason, at',
      { type: QueryTypes.SELECT, transaction },
    );
    const rows = old.map(({ address, ...about }) => ({ ...about, addressHash: hashOf(address) }));
    await models.suppression.bulkCreate(rows, { ignoreDuplicates: true, transaction });
  });
}
