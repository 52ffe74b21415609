import { Op } from 'sequelize';
import type { NotifyDatabase } from '../models.ts';
import type { Safe } from './secrets.ts';

const AT_ONCE = 500;

/**
 * Seal with the first key what was sealed with another one, so that the other can be taken away. Replicas that don't
 * have that key at the front yet open it all the same.
 */
export async function renewWebhookSecrets({ models }: NotifyDatabase, safe: Safe): Promise<void> {
  if (!safe.hasOlderKeys) return;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const where = { id: { [Op.gt]: after } };
    const rows = await models.webhook.findAll({ where, order: ['id'], limit: AT_ONCE });
    for (const { id, secret, previousSecret } of rows) {
      const fresh = {
        secret: safe.renew(secret, id) ?? secret,
        previousSecret: previousSecret && (safe.renew(previousSecret, id) ?? previousSecret),
      };
      if (fresh.secret === secret && fresh.previousSecret === previousSecret) continue;
      // Whoever has changed it meanwhile has sealed it with a key of theirs.
      await models.webhook.update(fresh, { where: { id, secret } });
    }
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.id;
  }
}
