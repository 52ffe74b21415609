import { eraseRows, purgeGone } from '../../lib/gone-people.ts';
import type { NotifyDatabase } from './models.ts';

/**
 * Remove what is held of people who have deleted their account: notifications, preferences, endpoints. Of the letter
 * that told them so nothing personal stays once it is sent.
 */
export async function forgetGonePeople({ sequelize }: NotifyDatabase, now: Date): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    const farewells = "kind = 'account.deleted' AND status <> 'pending' AND recipient <> ''";
    await sequelize.query(
      `DELETE FROM notification_tries WHERE notification_id IN (SELECT id FROM notifications WHERE ${farewells})`,
      { transaction },
    );
    await sequelize.query(`UPDATE notifications SET recipient = '', last_error = NULL WHERE ${farewells}`, {
      transaction,
    });
  });
  await purgeGone(sequelize, (personId) => eraseRows(sequelize, personId), now);
}
