import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '../../test/support/database.ts';
import { parse } from '../../lib/errors.ts';
import { registration } from '../../lib/accounts.ts';
import { migrations } from './migrations.ts';
import { defineModels, type AuthDatabase } from './models.ts';
import { register } from './people.ts';
import {
  forgetSecurityEvents,
  listSecurityEvents,
  recordSecurityEvent,
  type SecurityEvent,
} from './security-events.ts';

const origin = { address: '192.0.2.1', userAgent: 'Browser/1.0' };
const START = Date.parse('2026-03-01T12:00:00Z');

let db: AuthDatabase;
let personId = '';
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  db = { sequelize, models: defineModels(sequelize) };
  const input = parse(registration, { email: 'ana@example.com', password: 'long enough 1' });
  personId = (await register(db, input)).id;
});
beforeEach(() => db.sequelize.query('DELETE FROM security_events'));
afterAll(() => db.sequelize.close());

const record = (event: Partial<SecurityEvent>, minutes = 0) =>
  recordSecurityEvent(
    db,
    { personId, kind: 'logged_in', at: new Date(START + minutes * 60_000), origin, ...event },
    null,
  );
const list = (cursor?: string, limit = 100) => listSecurityEvents(db, { personId, cursor, limit });

describe('the audit log', () => {
  test('tells what happened, when and from where', async () => {
    await record({ kind: 'api_key_created', details: { name: `it's :name $1 ?` } });
    await record({ kind: 'role_changed', origin: undefined }, -1);
    expect(await list()).toEqual({
      items: [
        {
          id: expect.any(String),
          kind: 'api_key_created',
          at: '2026-03-01T12:00:00.000Z',
          ...origin,
          details: { name: `it's :name $1 ?` },
        },
        expect.objectContaining({ kind: 'role_changed', address: null, userAgent: null, details: {} }),
      ],
      nextCursor: null,
    });
  });

  test('is written with the change that it tells of, or not at all', async () => {
    const change = db.sequelize.transaction(async (transaction) => {
      await recordSecurityEvent(db, { personId, kind: 'password_changed', at: new Date() }, transaction);
      throw new Error('undone');
    });
    await expect(change).rejects.toThrow('undone');
    expect((await list()).items).toEqual([]);
  });

  test('counts what repeats itself from one origin within an hour', async () => {
    for (const minutes of [0, 10, 59]) await record({ kind: 'login_failed', repeats: true }, minutes);
    await record({ kind: 'login_failed', repeats: true }, 60);
    await record({ kind: 'login_failed', repeats: true, origin: { address: '192.0.2.2' } }, 61);
    await Promise.all(Array.from({ length: 10 }, () => record({ repeats: true }, 62)));
    const told = (await list()).items.map(({ kind, at, details }) => [kind, at.slice(11, 16), details]);
    expect(told).toEqual([
      ['logged_in', '13:02', { times: 10, lastAt: '2026-03-01T13:02:00.000Z' }],
      ['login_failed', '13:01', {}],
      ['login_failed', '13:00', {}],
      ['login_failed', '12:00', { times: 3, lastAt: '2026-03-01T12:59:00.000Z' }],
    ]);
  });

  test('is read page by page, each entry once, and by its person only', async () => {
    for (let i = 0; i < 7; i += 1) await record({ details: { i } }, Math.floor(i / 3));
    const seen: unknown[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await list(cursor ?? undefined, 3);
      seen.push(...page.items.map(({ details }) => details.i));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    const stranger = await listSecurityEvents(db, { personId: randomUUID(), limit: 10 });
    expect(stranger).toEqual({ items: [], nextCursor: null });
    for (const wrong of ['x', Buffer.from('["now", 1]').toString('base64url'), '\0']) {
      await expect(list(wrong)).rejects.toMatchObject({ type: 'validation_failed' });
    }
  });

  test('reaches back a year', async () => {
    await record({});
    const day = 24 * 3600 * 1000;
    await forgetSecurityEvents(db, new Date(START + 365 * day));
    expect((await list()).items).toHaveLength(1);
    await forgetSecurityEvents(db, new Date(START + 365 * day + 1));
    expect((await list()).items).toEqual([]);
  });
});

test('of somebody who has left in this moment nothing is written, and nothing fails', async () => {
  const personId = randomUUID();
  await recordSecurityEvent(db, { personId, kind: 'login_failed', at: new Date(), repeats: true }, null);
  expect((await listSecurityEvents(db, { personId, limit: 50 })).items).toEqual([]);
});
