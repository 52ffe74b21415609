import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { createTestDatabase } from '../../test/support/database.ts';
import { createCodeThrottle } from './code-throttle.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { hashPassword } from './passwords.ts';
import { createSecretBox } from './secret-box.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
  disableSecondFactor,
  replaceRecoveryCodes,
} from './second-factor.ts';
import { checkSecondFactor, hasSecondFactor, type SecondFactors } from './second-factor-codes.ts';
import type { OwnerNeeds } from './owner.ts';

const start = new Date('2026-01-01T12:00:00.000Z');
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const PASSWORD = 'correct horse battery';
const problem = (type: string) => expect.objectContaining({ type });

let needs: SecondFactors & OwnerNeeds;
let passwordHash = '';
beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
  const sequelize = await createTestDatabase(migrations);
  needs = {
    db: { sequelize, models: defineModels(sequelize) },
    box: createSecretBox(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    codeThrottle: createCodeThrottle(sequelize),
    throttle: createLoginThrottle(sequelize),
  };
});
beforeEach(() => needs.db.sequelize.query('TRUNCATE people, login_attempts, durable_calls CASCADE'));
afterAll(() => needs.db.sequelize.close());

async function addPerson(): Promise<string> {
  const id = randomUUID();
  const fields = { email: `${id}@example.com`, name: null, locale: 'en', role: 'user' } as const;
  await needs.db.models.person.create({ ...fields, id, passwordHash, createdAt: start });
  return id;
}

const codeAt = (secret: string, seconds: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at(seconds).getTime() });
const moment = (seconds: number, requestId: string = randomUUID()) => ({ now: at(seconds), requestId });
const show = (personId: string, code: string | undefined, seconds: number, requestId?: string) =>
  checkSecondFactor(needs, { personId, code, ...moment(seconds, requestId) });

/** Somebody with a second factor, whose first code was that of the start. */
async function enrolled() {
  const personId = await addPerson();
  const { secret } = await beginSecondFactor(needs, { personId, password: PASSWORD }, start);
  const { recoveryCodes } = await confirmSecondFactor(
    needs,
    { personId, code: codeAt(secret, 0) },
    moment(0),
  );
  const [recoveryCode = ''] = recoveryCodes;
  return { personId, secret, recoveryCodes, recoveryCode };
}

async function told(personId: string): Promise<string[]> {
  const [rows] = await needs.db.sequelize.query(
    `SELECT params->>'kind' AS kind FROM durable_calls WHERE params->>'personId' = '${personId}' ORDER BY created_at`,
  );
  return (rows as { kind: string }[]).map(({ kind }) => kind);
}

describe('setting up', () => {
  test('changes nothing until a code has been shown', async () => {
    const personId = await addPerson();
    await expect(beginSecondFactor(needs, { personId, password: 'wrong' }, start)).rejects.toEqual(
      problem('invalid_credentials'),
    );
    const confirm = (code: string, requestId?: string) =>
      confirmSecondFactor(needs, { personId, code }, moment(0, requestId));
    await expect(confirm('123456')).rejects.toEqual(problem('invalid_state'));
    const first = await beginSecondFactor(needs, { personId, password: PASSWORD }, start);
    const second = await beginSecondFactor(needs, { personId, password: PASSWORD }, start);
    await expect(confirm(codeAt(first.secret, 0))).rejects.toEqual(problem('invalid_code'));
    expect(await hasSecondFactor(needs.db, personId)).toBe(false);
    await show(personId, undefined, 0);
    const { recoveryCodes } = await confirm(codeAt(second.secret, 0), 'confirming');
    expect(recoveryCodes).toHaveLength(10);
    expect(await hasSecondFactor(needs.db, personId)).toBe(true);
    expect(await told(personId)).toEqual(['security.second_factor_enabled']);
    await expect(beginSecondFactor(needs, { personId, password: PASSWORD }, start)).rejects.toEqual(
      problem('invalid_state'),
    );
  });

  test('that is delivered again gives codes that work, and tells once', async () => {
    const personId = await addPerson();
    const { secret } = await beginSecondFactor(needs, { personId, password: PASSWORD }, start);
    const shown = { personId, code: codeAt(secret, 0) };
    await confirmSecondFactor(needs, shown, moment(0, 'twice'));
    const { recoveryCodes } = await confirmSecondFactor(needs, shown, moment(0, 'twice'));
    await show(personId, recoveryCodes[0], 0);
    expect(await told(personId)).toEqual(['security.second_factor_enabled', 'security.recovery_code_used']);
  });

  test('leaves no readable secret in the database', async () => {
    const { secret, recoveryCode } = await enrolled();
    const [rows] = await needs.db.sequelize.query(
      'SELECT * FROM second_factors JOIN recovery_codes USING (person_id)',
    );
    const text = JSON.stringify(rows);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(Secret.fromBase32(secret).bytes).toString('base64url'));
    expect(text).not.toContain(recoveryCode);
  });
});

describe('a code', () => {
  test('is asked for, and works once', async () => {
    const { personId, secret } = await enrolled();
    await expect(show(personId, undefined, 30)).rejects.toEqual(problem('second_factor_required'));
    await expect(show(personId, codeAt(secret, 0), 30)).rejects.toEqual(problem('invalid_code'));
    const code = codeAt(secret, 60);
    const tries = await Promise.allSettled(Array.from({ length: 4 }, () => show(personId, code, 60)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(show(personId, codeAt(secret, 30), 60)).rejects.toEqual(problem('invalid_code'));
  });

  test('of a request that is delivered again counts as taken by it', async () => {
    const { personId, secret } = await enrolled();
    await show(personId, codeAt(secret, 60), 60, 'login');
    await show(personId, codeAt(secret, 60), 60, 'login');
  });

  test('that is wrong five times has to wait, and right ones begin anew', async () => {
    const { personId, secret } = await enrolled();
    for (let step = 1; step <= 6; step += 1) {
      for (let n = 0; n < 4; n += 1) {
        await expect(show(personId, 'xxxx', 0)).rejects.toEqual(problem('invalid_code'));
      }
      await show(personId, codeAt(secret, step * 30), step * 30);
    }
    const many = await Promise.allSettled(Array.from({ length: 10 }, () => show(personId, '000000', 0)));
    const refused = many.filter((one) => one.status === 'rejected' && 'data' in (one.reason as object));
    expect(refused.map((one) => (one as PromiseRejectedResult).reason as { type: string })).toEqual(
      expect.arrayContaining([problem('too_many_requests')]),
    );
    await expect(show(personId, codeAt(secret, 300), 300)).rejects.toEqual(problem('too_many_requests'));
    const [rows] = await needs.db.sequelize.query(
      "SELECT details FROM security_events WHERE kind = 'second_factor_failed'",
    );
    expect(rows).toEqual([{ details: expect.objectContaining({ times: 29 }) }]);
  });
});

describe('a recovery code', () => {
  test('works in the place of a code, once, and its person is told', async () => {
    const { personId, recoveryCode } = await enrolled();
    await show(personId, recoveryCode.toUpperCase().replaceAll('-', ' '), 0);
    await expect(show(personId, recoveryCode, 0)).rejects.toEqual(problem('invalid_code'));
    expect(await told(personId)).toContain('security.recovery_code_used');
    const [rows] = await needs.db.sequelize.query(
      "SELECT details FROM security_events WHERE kind = 'recovery_code_used'",
    );
    expect(rows).toEqual([{ details: { left: 9 } }]);
  });

  test('of another person, or of before, does not work', async () => {
    const { personId, secret, recoveryCode } = await enrolled();
    const other = await enrolled();
    await expect(show(personId, other.recoveryCode, 0)).rejects.toEqual(problem('invalid_code'));
    const change = { personId, password: PASSWORD, code: codeAt(secret, 30) };
    const { recoveryCodes } = await replaceRecoveryCodes(needs, change, moment(30));
    await expect(show(personId, recoveryCode, 30)).rejects.toEqual(problem('invalid_code'));
    for (const code of recoveryCodes) await show(personId, code, 30);
  });
});

test('new recovery codes take the password and a code, too; the old ones stay without them', async () => {
  const { personId, secret, recoveryCode } = await enrolled();
  const replace = (password: string, code: string) =>
    replaceRecoveryCodes(needs, { personId, password, code }, moment(30));
  await expect(replace('wrong', codeAt(secret, 30))).rejects.toEqual(problem('invalid_credentials'));
  await expect(replace(PASSWORD, codeAt(secret, 0))).rejects.toEqual(problem('invalid_code'));
  await show(personId, recoveryCode, 30);
});

test('one person’s second factor is nobody else’s', async () => {
  const withOne = async () => {
    const people = await needs.db.models.person.findAll({ where: { secondFactor: true }, raw: true });
    return people.map(({ id }) => id).sort();
  };
  const without = await addPerson();
  const [one, other] = [await enrolled(), await enrolled()];
  expect(await withOne()).toEqual([one.personId, other.personId].sort());
  const change = { personId: one.personId, password: PASSWORD, code: codeAt(one.secret, 30) };
  await disableSecondFactor(needs, change, moment(30));
  expect(await withOne()).toEqual([other.personId]);
  await show(without, undefined, 30);
  await expect(show(other.personId, undefined, 30)).rejects.toEqual(problem('second_factor_required'));
  await show(other.personId, other.recoveryCode, 30);
});

test('turning it off takes the password and a code; no code is asked for afterwards', async () => {
  const { personId, secret, recoveryCode } = await enrolled();
  const disable = (password: string, code: string, requestId?: string) =>
    disableSecondFactor(needs, { personId, password, code }, moment(30, requestId));
  await expect(disable('wrong', recoveryCode)).rejects.toEqual(problem('invalid_credentials'));
  await expect(disable(PASSWORD, codeAt(secret, 0))).rejects.toEqual(problem('invalid_code'));
  await disable(PASSWORD, codeAt(secret, 30), 'off');
  await disable(PASSWORD, codeAt(secret, 30), 'off');
  await show(personId, undefined, 60);
  expect(await told(personId)).toEqual(['security.second_factor_enabled', 'security.second_factor_disabled']);
  await expect(disable(PASSWORD, recoveryCode)).rejects.toEqual(problem('invalid_state'));
  const [left] = await needs.db.sequelize.query('SELECT * FROM recovery_codes');
  expect(left).toEqual([]);
});
