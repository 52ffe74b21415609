import { Op, type Transaction } from 'sequelize';
import type { Notice } from '../../../lib/notices.ts';
import type { NotifyDatabase } from '../models.ts';

/**
 * The ids of a person's webhooks that are told of a kind of notice. They stay until the transaction ends: what is
 * recorded for them refers to them.
 */
export async function subscribersTo(
  { models }: NotifyDatabase,
  { personId, kind }: Pick<Notice, 'personId' | 'kind'>,
  transaction: Transaction,
): Promise<string[]> {
  const where = { personId, enabled: true, kinds: { [Op.contains]: [kind] } };
  const lock = transaction.LOCK.KEY_SHARE;
  const webhooks = await models.webhook.findAll({ where, attributes: ['id'], lock, transaction });
  return webhooks.map(({ id }) => id);
}
