import { querySection, readExportPage, tableSections, type ExportPage } from '../../lib/person-export.ts';
import type { NotifyDatabase } from './models.ts';

/** A page of what is held of a person here. */
export async function exportPerson(
  { sequelize }: NotifyDatabase,
  query: { personId: string; cursor?: string | undefined },
): Promise<ExportPage> {
  const tries = querySection(
    sequelize,
    'notification_tries',
    `SELECT concat_ws(' ', t.notification_id, t.number) AS key, to_jsonb(t) AS item FROM notification_tries AS t
      JOIN notifications ON notifications.id = t.notification_id WHERE person_id = :personId`,
  );
  return readExportPage([...(await tableSections(sequelize)), tries], query);
}
