import { expect } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { Secret } from 'otpauth';
import { verifyPassword } from '../../services/auth/passwords.ts';
import { tablesWith } from '../support/person-rows.ts';
import type { Accounts, Happened, Owner } from './account-world.ts';

/** What is true of an account whatever happens at once. */

const MAX_KEYS = 50;

interface Held {
  isDisabled: boolean;
  keys: number;
  recoveryCodes: number;
  saysFactor: boolean;
  hasFactor: boolean;
  farewells: number;
}

const HELD = `
  SELECT p.disabled_at IS NOT NULL AS "isDisabled", p.second_factor AS "saysFactor",
    EXISTS (SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS "hasFactor",
    (SELECT CAST(count(*) AS integer) FROM api_keys k WHERE k.person_id = p.id) AS keys,
    (SELECT CAST(count(*) AS integer) FROM recovery_codes c WHERE c.person_id = p.id) AS "recoveryCodes"
  FROM people p WHERE p.id = :personId`;

/** Sees to one person from round to round. */
export function watch(accounts: Accounts, owner: Owner) {
  const { sequelize } = accounts;
  const { personId } = owner;
  let seen = 0;
  let hadFactor = owner.secret !== '';
  const rows = <Row extends object>(sql: string) =>
    sequelize.query<Row>(sql, { replacements: { personId }, type: QueryTypes.SELECT });
  const idsIn = async (sql: string) => (await rows<{ id: string }>(sql)).map(({ id }) => id);

  /** @throws what jest throws where an invariant does not hold */
  return async (): Promise<void> => {
    const all = await rows<Happened>(
      'SELECT what, detail FROM happened WHERE person_id = :personId ORDER BY seq',
    );
    await learnPasswords(owner, all.slice(seen));
    const toggled = all.slice(seen).some(({ what }) => what.startsWith('factor'));
    if (hadFactor && !toggled) owner.taken.push(...owner.codesTaken);
    owner.codesTaken = [];
    seen = all.length;
    expect(new Set(owner.taken).size).toBe(owner.taken.length);

    const alive = await idsIn('SELECT id FROM sessions WHERE person_id = :personId');
    checkSessions(owner, all, alive, await idsIn('SELECT id FROM ended_sessions'));
    const orphans = 'SELECT id FROM refresh_tokens WHERE family_id NOT IN (SELECT id FROM sessions)';
    expect(await idsIn(orphans)).toEqual([]);
    const [held] = await rows<Held>(HELD);
    hadFactor = held?.hasFactor ?? false;
    if (held) checkHeld(held, alive);
    else await checkGone();
    await checkFactor(all, held !== undefined);
  };

  function checkHeld(held: Held, alive: string[]): void {
    expect(held.keys).toBeLessThanOrEqual(MAX_KEYS);
    expect(held.recoveryCodes).toBeLessThanOrEqual(10);
    expect(held.saysFactor).toBe(held.hasFactor);
    if (held.isDisabled) expect(alive).toEqual([]);
  }

  async function checkGone(): Promise<void> {
    const left = await tablesWith(sequelize, personId);
    expect(left.filter((name) => !['happened', 'deeds'].includes(name))).toEqual(['durable_calls']);
    const told = await rows<{ action: string }>(
      "SELECT action FROM durable_calls WHERE params->>'personId' = :personId ORDER BY action",
    );
    expect(told.map(({ action }) => action)).toEqual([
      ...['notify.removePerson', 'notify.tell', 'video.removePerson'],
    ]);
  }

  /** Turned on by whoever has shown a code of this very secret, and told of once each time. */
  async function checkFactor(all: Happened[], isThere: boolean): Promise<void> {
    const turned = (what: Happened['what']) => all.filter((it) => it.what === what);
    for (const { detail } of turned('factor_on')) {
      const secret = accounts.factors.box.open(detail ?? '', personId);
      const text = secret && new Secret({ buffer: new Uint8Array(secret).buffer }).base32;
      expect([...owner.shown]).toContain(text);
    }
    if (!isThere) return;
    const [told] = await rows<{ enabled: number; disabled: number; verified: number }>(
      `SELECT CAST(count(*) FILTER (WHERE kind = 'second_factor_enabled') AS integer) AS enabled,
        CAST(count(*) FILTER (WHERE kind = 'second_factor_disabled') AS integer) AS disabled,
        CAST(count(*) FILTER (WHERE kind = 'email_verified') AS integer) AS verified
      FROM security_events WHERE person_id = :personId`,
    );
    expect(told?.enabled).toBe(turned('factor_on').length);
    expect(told?.disabled).toBeLessThanOrEqual(turned('factor_off').length);
    expect(told?.verified).toBeLessThanOrEqual(1);
  }
}

/** Which of the passwords that were asked for at once became the account's, one after the other. */
async function learnPasswords(owner: Owner, happened: Happened[]): Promise<void> {
  for (const { what, detail } of happened) {
    if (what !== 'password') continue;
    for (const password of owner.wished) {
      if (await verifyPassword(password, detail ?? undefined)) owner.passwords.push(password);
    }
  }
  owner.wished = [];
}

/** No session outlives what should have ended it, and each that has ended is told to the gateways. */
function checkSessions(owner: Owner, all: Happened[], alive: string[], ended: string[]): void {
  const placeOf = (id: string) => all.findIndex(({ what, detail }) => what === 'session' && detail === id);
  const passwordsUntil = (place: number) =>
    all.slice(0, place).filter(({ what }) => what === 'password').length;
  const begun = all.flatMap(({ what, detail }) => (what === 'session' && detail ? [detail] : []));
  expect(begun.filter((id) => !alive.includes(id) && !ended.includes(id))).toEqual([]);
  for (const { sessionId, version } of owner.logins) {
    expect([sessionId, passwordsUntil(placeOf(sessionId))]).toEqual([sessionId, version]);
  }
  const lastPassword = all.findLastIndex(({ what }) => what === 'password');
  const outlived = alive.filter((id) => placeOf(id) < lastPassword && !owner.keepers.has(id));
  expect(outlived).toEqual([]);
  const gone = all.findIndex(({ what }) => what === 'gone');
  if (owner.removedWith !== null && gone >= 0) expect(passwordsUntil(gone)).toBe(owner.removedWith);
}
