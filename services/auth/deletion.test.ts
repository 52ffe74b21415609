import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { makeDueCalls } from '../../lib/durable-calls.ts';
import { problemCode } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/logger.ts';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { eventually } from '../../test/support/eventually.ts';
import { tablesWith } from '../../test/support/person-rows.ts';
import { createKey, deleteKey } from './api-keys.ts';
import { createCodeThrottle } from './code-throttle.ts';
import { deleteAccount } from './deletion.ts';
import { requestExport } from './exports.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { disableSecondFactor, replaceRecoveryCodes } from './second-factor.ts';
import { makeRecoveryCodes, type SecondFactors } from './second-factor-codes.ts';
import type { OwnerNeeds } from './owner.ts';
import { hashPassword } from './passwords.ts';
import { createSecretBox } from './secret-box.ts';

const now = new Date('2026-01-01T12:00:00.000Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const password = 'correct horse battery';

let needs: SecondFactors & OwnerNeeds;
beforeAll(async () => {
  const sequelize = await createTestDatabase(migrations);
  needs = {
    db: { sequelize, models: defineModels(sequelize) },
    box: createSecretBox(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    codeThrottle: createCodeThrottle(sequelize),
    throttle: createLoginThrottle(sequelize),
  };
});
afterAll(() => needs.db.sequelize.close());

/** Somebody with a session, a key and a second factor. */
async function addPerson() {
  const { db, box } = needs;
  const personId = randomUUID();
  const fields = { email: `${personId}@example.com`, name: 'Ana', locale: 'pt-BR', role: 'user' } as const;
  const passwordHash = await hashPassword(password);
  await db.models.person.create({ ...fields, id: personId, passwordHash, createdAt: now });
  const sessionId = randomUUID();
  await db.models.session.create({
    ...{ id: sessionId, personId, createdAt: now, lastUsedAt: now, address: null, userAgent: null },
    ...{ expiresAt: later(60_000), accessUntil: later(60_000) },
  });
  const secretSha256 = digestOfKeySecret(newKeySecret());
  await createKey(db, { personId, name: 'k', scope: 'read', expiresDays: null, secretSha256 }, now);
  const factor = { personId, secret: box.seal(Buffer.from('secret'), personId), createdAt: now };
  await db.models.secondFactor.create({ ...factor, confirmedAt: now });
  const [code = ''] = await db.sequelize.transaction((transaction) =>
    makeRecoveryCodes(db, personId, transaction),
  );
  return { personId, sessionId, email: fields.email, code };
}

const wipe = (
  wish: { personId: string; password?: string; code?: string },
  requestId: string = randomUUID(),
) => deleteAccount(needs, { password, ...wish }, { now, requestId });

test('deleting an account takes the password and a code, and leaves nothing but what has to be done', async () => {
  const { db } = needs;
  const { personId, sessionId, email, code } = await addPerson();
  const other = await addPerson();
  await expect(wipe({ personId, password: 'x', code })).rejects.toMatchObject({
    type: 'invalid_credentials',
  });
  await expect(wipe({ personId })).rejects.toMatchObject({ type: 'second_factor_required' });
  await expect(wipe({ personId, code: 'x' })).rejects.toMatchObject({ type: 'invalid_code' });
  expect(await tablesWith(db.sequelize, personId)).toContain('people');

  await wipe({ personId, code }, 'delivered twice');
  await wipe({ personId, code }, 'delivered twice');
  await expect(wipe({ personId, code })).rejects.toMatchObject({ type: 'unauthorized' });
  expect(await tablesWith(db.sequelize, personId)).toEqual(['durable_calls']);
  expect(await tablesWith(db.sequelize, sessionId)).toEqual(['ended_sessions']);
  expect(await tablesWith(db.sequelize, other.personId)).toContain('people');

  const calls = await db.sequelize.query<{ action: string; params: object }>(
    "SELECT action, params FROM durable_calls WHERE params->>'personId' = :personId ORDER BY action, params->>'to'",
    { replacements: { personId }, type: QueryTypes.SELECT },
  );
  expect(calls).toEqual([
    { action: 'notify.removePerson', params: { personId } },
    {
      action: 'notify.tell',
      params: {
        ...{ eventId: expect.any(String), personId, kind: 'account.deleted', data: {} },
        ...{ to: email, locale: 'pt-BR' },
      },
    },
    { action: 'video.removePerson', params: { personId } },
  ]);

  const made: string[] = [];
  let failures = 3;
  const call = (action: string, params: object) => {
    if ((failures -= 1) >= 0) return Promise.reject(new Error('away'));
    if ('personId' in params && params.personId === personId) made.push(action);
    return Promise.resolve();
  };
  const running = new AbortController().signal;
  const at = (ms: number) => () => later(ms);
  await makeDueCalls(db.sequelize, call, silentLogger, running, at(0));
  await makeDueCalls(db.sequelize, call, silentLogger, running, at(60_000));
  expect(made.sort()).toEqual(['notify.removePerson', 'notify.tell', 'video.removePerson']);
  expect(await tablesWith(db.sequelize, personId)).toEqual([]);
});

describe('beside a deletion', () => {
  type Someone = Awaited<ReturnType<typeof addPerson>>;
  const moment = () => ({ now, requestId: randomUUID() });
  const changes: [string, (someone: Someone) => Promise<unknown>][] = [
    [
      'deleting a key',
      async ({ personId }) => {
        const key = await needs.db.models.apiKey.findOne({ where: { personId }, rejectOnEmpty: true });
        await deleteKey(needs.db, { personId, id: key.id }, now);
      },
    ],
    ['turning the second factor off', (it) => disableSecondFactor(needs, { ...it, password }, moment())],
    ['making new recovery codes', (it) => replaceRecoveryCodes(needs, { ...it, password }, moment())],
    [
      'asking for an export',
      ({ personId }) =>
        requestExport(needs, { personId, password, secretSha256: digestOfKeySecret(newKeySecret()) }, now),
    ],
    ['another deletion', ({ personId, code }) => wipe({ personId, code })],
  ];

  test.each(changes)('%s waits for it, and holds nothing that it needs', async (_name, change) => {
    const someone = await addPerson();
    const { personId, code } = someone;
    const { sequelize, models } = needs.db;
    const changing = await sequelize.transaction(async (transaction) => {
      await models.person.findByPk(personId, { transaction, lock: true });
      const started = change({ personId, code } as Someone).catch(problemCode);
      await eventually(async () => (await stopped()) === 1, 'the change to wait');
      await models.person.destroy({ where: { id: personId }, transaction });
      return { started };
    });
    expect([undefined, 'unauthorized', 'not_found', 'invalid_code']).toContain(await changing.started);
  });

  /** How many connections a lock stops. */
  async function stopped(): Promise<number> {
    const rows = await needs.db.sequelize.query(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      { type: QueryTypes.SELECT },
    );
    return rows.length;
  }
});
