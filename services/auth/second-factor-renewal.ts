import { Op } from 'sequelize';
import type { AuthDatabase } from './models.ts';
import type { AgingBox } from './secret-box.ts';

const AT_ONCE = 500;

/**
 * Seal with the first key what was sealed with another one, so that the other can be taken away without anybody having
 * to set up their second factor anew. Replicas that don't have that key at the front yet open it all the same.
 */
export async function renewSecondFactors({ models }: AuthDatabase, box: AgingBox): Promise<void> {
  if (!box.hasOlderKeys) return;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await models.secondFactor.findAll({
      where: { personId: { [Op.gt]: after } },
      order: ['personId'],
      limit: AT_ONCE,
    });
    for (const { personId, secret: old } of rows) {
      const secret = box.renew(old, personId);
      // Whoever has changed it meanwhile has sealed it with a key of theirs.
      if (secret !== null) await models.secondFactor.update({ secret }, { where: { personId, secret: old } });
    }
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.personId;
  }
}
