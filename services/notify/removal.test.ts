import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { markGone } from '../../lib/gone-people.ts';
import type { Notice } from '../../lib/notices.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { tablesWith } from '../../test/support/person-rows.ts';
import { migrations } from './migrations.ts';
import { defineModels, type NotifyDatabase } from './models.ts';
import { claimDue, recordNotice, settleAttempt } from './notifications.ts';
import { forgetGonePeople } from './removal.ts';

const now = new Date('2026-01-01T12:00:00.000Z');

let db: NotifyDatabase;
let sequelize: Sequelize;
beforeAll(async () => {
  sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
});
afterAll(() => sequelize.close());

const notice = (personId: string): Notice => ({
  eventId: randomUUID(),
  personId,
  kind: 'security.password_changed',
  data: { at: now.toISOString() },
});

test('a person who is gone is told so, and nothing of them stays', async () => {
  const [personId, other] = [randomUUID(), randomUUID()];
  await recordNotice(db, notice(personId), now);
  await recordNotice(db, notice(other), now);
  await db.models.preference.create({ personId, kind: 'video.failed', channel: 'email', enabled: false });

  const to = `${personId}@example.com`;
  const farewell = { ...notice(personId), kind: 'account.deleted', data: {}, to, locale: 'pt-BR' } as const;
  await markGone(sequelize, personId, now);
  await markGone(sequelize, personId, now);
  await recordNotice(db, farewell, now);
  await recordNotice(db, farewell, now);
  await recordNotice(db, notice(personId), now);
  await forgetGonePeople(db, now);
  expect(await tablesWith(sequelize, personId)).toEqual(['notifications']);

  for (;;) {
    const due = await claimDue(db, 'email', 1000, now);
    if (!due) break;
    if (due.kind === 'account.deleted') expect(due.payload).toEqual({ locale: 'pt-BR' });
    await settleAttempt(
      db,
      due,
      { kind: 'sent', recipient: due.recipient ?? 'x', detail: `ok ${due.recipient}` },
      now,
    );
  }
  await forgetGonePeople(db, now);
  expect(await tablesWith(sequelize, personId)).toEqual([]);
  expect(await tablesWith(sequelize, other)).toContain('notifications');
  await recordNotice(db, farewell, now);
  expect(await db.models.notification.count({ where: { kind: 'account.deleted' } })).toBe(1);
});
