import { argon2Sync, generateKeyPairSync, randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Sequelize } from 'sequelize';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { createCodeThrottle } from '../../services/auth/code-throttle.ts';
import { createLetterThrottle } from '../../services/auth/letter-throttle.ts';
import { createLoginThrottle } from '../../services/auth/login-throttle.ts';
import { migrations } from '../../services/auth/migrations.ts';
import { defineModels } from '../../services/auth/models.ts';
import { checkSecondFactor, makeRecoveryCodes } from '../../services/auth/second-factor-codes.ts';
import { createSecretBox } from '../../services/auth/secret-box.ts';
import { login, type Sessions } from '../../services/auth/sessions.ts';
import { thumbprint } from '../../services/auth/signing-key.ts';
import { createTestDatabase } from '../support/database.ts';

/** People with accounts, and what they and those who have stolen from them know. */

const FIRST_PASSWORD = 'correct horse battery';
const beginning = new Date('2026-01-01T12:00:00Z');
const DAY_MS = 24 * 3600_000;
/** More than anybody tries here: guesses are not what this is about. */
const many = 1_000_000;
/** One less than a person may have. */
const KEYS = 49;

/** A hash that is checked in no time: hashes carry their own cost. */
function quickHash(message: string): string {
  const nonce = Buffer.alloc(16);
  const hash = argon2Sync('argon2id', {
    message,
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 8,
    passes: 1,
  });
  const [salt, tag] = [nonce, hash].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  return `$argon2id$v=19$m=8,t=1,p=1$${salt}$${tag}`;
}

/** The service `auth` on a database of its own. */
export async function openAccounts() {
  const sequelize = await createTestDatabase(migrations);
  const db = { sequelize, models: defineModels(sequelize) };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const factors = {
    db,
    box: createSecretBox({ privateKey }),
    codeThrottle: createCodeThrottle(sequelize, { perQuarter: many, perDay: many }),
    throttle: createLoginThrottle(sequelize, { perPair: many, perAddress: many, perAccount: many }),
  };
  const sessions: Sessions = {
    ...{ db, accessTokenSeconds: 900, refreshTokenDays: 30, sessionDays: 90, throttle: factors.throttle },
    key: { privateKey, publicKeyPem, kid: thumbprint(publicKey) },
    checkCode: (shown) => checkSecondFactor(factors, shown),
  };
  const letters = {
    ...{ db, letterSecret: Buffer.alloc(32), registrations: () => Promise.resolve() },
    letters: createLetterThrottle(sequelize, { perRecipient: many, perNetwork: many }),
  };
  const passwordHash = quickHash(FIRST_PASSWORD);
  return { db, sequelize, factors, sessions, letters, passwordHash };
}
export type Accounts = Awaited<ReturnType<typeof openAccounts>>;

/** Somebody, and what was done with their account. */
export interface Owner {
  personId: string;
  email: string;
  now: Date;
  /** Every password that was the account's, the last one now. */
  passwords: string[];
  /** What somebody has asked to be the password in this round. */
  wished: string[];
  refreshTokens: string[];
  logins: { sessionId: string; version: number }[];
  /** Sessions that have asked for a new password: they go on. */
  keepers: Set<string>;
  /** Of the app, in base 32: the one that is in use as far as is known, and the one that was begun last. */
  secret: string;
  begun: string;
  /** Secrets of which a code was shown to turn the second factor on. */
  shown: Set<string>;
  recoveryCodes: string[];
  keySecrets: string[];
  keys: { id: string; secretSha256: string }[];
  exports: string[];
  letters: { verify: string[]; reset: string[] };
  /** What worked, by the secret that it took; codes count only where a second factor was asked for. */
  taken: string[];
  codesTaken: string[];
  /** The password with which the account was deleted, by its place. */
  removedWith: number | null;
}

/** Add somebody with two sessions, API keys, letters, and a second factor or none. */
export async function addOwner(accounts: Accounts, hasFactor: boolean): Promise<Owner> {
  const { db, sessions } = accounts;
  const personId = randomUUID();
  const email = `${personId}@example.com`;
  const fields = { email, name: null, locale: 'en', role: 'user', createdAt: beginning } as const;
  await db.models.person.create({ ...fields, id: personId, passwordHash: accounts.passwordHash });
  const owner: Owner = {
    ...{ personId, email, now: beginning, passwords: [FIRST_PASSWORD], wished: [] },
    ...{ refreshTokens: [], logins: [], keepers: new Set(), secret: '', begun: '', shown: new Set() },
    ...{ recoveryCodes: [], keySecrets: [1, 2, 3].map(() => digestOfKeySecret(newKeySecret())), keys: [] },
    ...{ exports: [], letters: { verify: [], reset: [] }, taken: [], codesTaken: [], removedWith: null },
  };
  for (const sessionId of [randomUUID(), randomUUID()]) {
    const attempt = { email, password: FIRST_PASSWORD };
    owner.refreshTokens.push((await login(sessions, attempt, beginning, sessionId)).refreshToken);
    owner.logins.push({ sessionId, version: 0 });
  }
  await addKeysAndExport(accounts, owner);
  if (hasFactor) await addFactor(accounts, owner);
  return owner;
}

async function addKeysAndExport({ db }: Accounts, { personId }: Owner): Promise<void> {
  const key = () => ({
    ...{
      id: randomUUID(),
      personId,
      name: 'k',
      scope: 'read' as const,
      createdAt: beginning,
      expiresAt: null,
    },
    secretSha256: digestOfKeySecret(newKeySecret()),
  });
  await db.models.apiKey.bulkCreate(Array.from({ length: KEYS }, key));
  const expiresAt = new Date(beginning.getTime() - 2 * DAY_MS);
  const old = { id: randomUUID(), personId, createdAt: expiresAt, expiresAt };
  await db.models.exportLink.create({ ...old, secretSha256: digestOfKeySecret(newKeySecret()) });
}

async function addFactor({ db, sequelize, factors }: Accounts, owner: Owner): Promise<void> {
  const { personId, now } = owner;
  const secret = new Secret({ size: 20 });
  owner.secret = secret.base32;
  owner.shown.add(owner.secret);
  const sealed = factors.box.seal(Buffer.from(secret.bytes), personId);
  const row = { personId, secret: sealed, createdAt: now, confirmedAt: now };
  await db.models.secondFactor.create(row);
  await db.models.person.update({ secondFactor: true }, { where: { id: personId } });
  owner.recoveryCodes = await sequelize.transaction((it) => makeRecoveryCodes(db, personId, it));
}

/** The code that an app shows half a minute before, now, or after. */
export function codeOf(secret: string, now: Date, pick: number): string {
  if (secret === '') return '000000';
  const timestamp = now.getTime() + ((pick % 3) - 1) * 30_000;
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
}

export const pickText = (things: readonly string[], pick: number): string =>
  things[pick % Math.max(1, things.length)] ?? '';

/** What was written down of a person, in the order in which it became true. */
export interface Happened {
  what: 'password' | 'gone' | 'session' | 'factor_on' | 'factor_off';
  detail: string | null;
}

const noted = (name: string, when: string, what: Happened['what'], person: string, detail: string) => `
  CREATE FUNCTION note_${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO happened (person_id, what, detail) VALUES (${person}, '${what}', ${detail}); RETURN NULL;
  END $$;
  CREATE TRIGGER note_${name} ${when} EXECUTE FUNCTION note_${name}();`;

/** Has the database write down what changes. */
export const noteWhatHappens = (sequelize: Sequelize) =>
  sequelize.query(`
  CREATE TABLE happened (seq bigserial PRIMARY KEY, person_id uuid, what text, detail text);
  ${noted(
    'password',
    'AFTER UPDATE ON people FOR EACH ROW WHEN (OLD.password_hash <> NEW.password_hash)',
    'password',
    'NEW.id',
    'NEW.password_hash',
  )}
  ${noted('gone', 'AFTER DELETE ON people FOR EACH ROW', 'gone', 'OLD.id', 'NULL')}
  ${noted('session', 'AFTER INSERT ON sessions FOR EACH ROW', 'session', 'NEW.person_id', 'NEW.id')}
  ${noted(
    'factor_on',
    'AFTER UPDATE ON second_factors FOR EACH ROW WHEN (OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL)',
    'factor_on',
    'NEW.person_id',
    'NEW.secret',
  )}
  ${noted(
    'factor_off',
    'AFTER DELETE ON second_factors FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL)',
    'factor_off',
    'OLD.person_id',
    'NULL',
  )}`);
