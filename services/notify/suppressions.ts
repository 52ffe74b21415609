import { storable } from '../../lib/storable.ts';
import type { NotifyDatabase, Suppression } from './models.ts';

/**
 * Addresses that get no mail: sending on to mailboxes that don't exist, or to people who call it spam, costs a sender
 * the trust of every mail provider.
 */

/** Addresses differ in the case of letters only for very old servers. */
const keyOf = (address: string) => address.toLowerCase();

/** Remember that an address refuses mail; the first reason stays. */
export async function suppress(
  { models }: NotifyDatabase,
  { address, reason, detail }: Pick<Suppression, 'address' | 'reason' | 'detail'>,
  now: Date,
): Promise<void> {
  const row = {
    address: storable(keyOf(address)),
    reason,
    detail: detail === null ? null : storable(detail.slice(0, 1000)),
    at: now,
  };
  await models.suppression.bulkCreate([row], { ignoreDuplicates: true });
}

/** @returns why an address gets no mail; null when it gets mail */
export async function suppressionOf(
  { models }: NotifyDatabase,
  address: string,
): Promise<Suppression | null> {
  return models.suppression.findByPk(keyOf(address));
}

/** The address gets mail again. */
export async function liftSuppression({ models }: NotifyDatabase, address: string): Promise<void> {
  await models.suppression.destroy({ where: { address: keyOf(address) } });
}

/** A person's address and why it gets no mail, as the API shows it. */
export async function findSuppression(db: NotifyDatabase, address: string) {
  const found = await suppressionOf(db, address);
  return { address, suppressed: found && { reason: found.reason, at: found.at.toISOString() } };
}
