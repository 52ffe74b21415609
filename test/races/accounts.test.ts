import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { problemCode } from '../../lib/errors.ts';
import { createKey } from '../../services/auth/api-keys.ts';
import { createCodeThrottle } from '../../services/auth/code-throttle.ts';
import { deleteAccount } from '../../services/auth/deletion.ts';
import { createLoginThrottle } from '../../services/auth/login-throttle.ts';
import { migrations } from '../../services/auth/migrations.ts';
import { defineModels } from '../../services/auth/models.ts';
import { changePassword } from '../../services/auth/password-changes.ts';
import { hashPassword } from '../../services/auth/passwords.ts';
import { checkSecondFactor, makeRecoveryCodes } from '../../services/auth/second-factor-codes.ts';
import { createSecretBox } from '../../services/auth/secret-box.ts';
import { login, refresh, type Sessions } from '../../services/auth/sessions.ts';
import { revokeFamily } from '../../services/auth/refresh-tokens.ts';
import { thumbprint } from '../../services/auth/signing-key.ts';
import { createTestDatabase } from '../support/database.ts';
import { tablesWith } from '../support/person-rows.ts';
import { campaign } from './campaign.ts';
import { Died, interleave, type Interleaving } from './interleaving.ts';

const EXPECTED = ['invalid_credentials', 'invalid_token', 'invalid_code', 'unauthorized', 'not_found'];
const now = new Date();
const password = 'correct horse battery';
const many = 1_000_000;

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
  ...{ db, accessTokenSeconds: 900, refreshTokenDays: 30, throttle: factors.throttle },
  key: { privateKey, publicKeyPem, kid: thumbprint(publicKey) },
  checkCode: (shown) => checkSecondFactor(factors, shown),
};
let passwordHash: string;
let together: Interleaving;
beforeAll(async () => {
  passwordHash = await hashPassword(password);
  together = interleave(sequelize);
});
afterAll(() => sequelize.close());

/** Somebody with sessions and recovery codes, and what was done with them. */
interface Owner {
  personId: string;
  email: string;
  codes: string[];
  tokens: string[];
  /** What worked, by the secret that it took. */
  taken: string[];
  isGone: boolean;
}

async function addOwner(): Promise<Owner> {
  const personId = randomUUID();
  const email = `${personId}@example.com`;
  const fields = { email, name: null, locale: 'en', role: 'user', createdAt: now } as const;
  await db.models.person.create({ ...fields, id: personId, passwordHash });
  const tokens = [];
  for (const wanted of [email, email]) {
    tokens.push((await login(sessions, { email: wanted, password }, now)).refreshToken);
  }
  const secret = factors.box.seal(Buffer.from('secret'), personId);
  await db.models.secondFactor.create({ personId, secret, createdAt: now, confirmedAt: now });
  const codes = await sequelize.transaction((transaction) => makeRecoveryCodes(db, personId, transaction));
  return { personId, email, codes, tokens, taken: [], isGone: false };
}

const pickOf = (things: string[], pick: number) => things[pick % things.length] ?? '';
const request = () => ({ id: randomUUID(), now });

const operations = {
  login: async (owner: Owner, pick: number) => {
    const code = pickOf(owner.codes.slice(0, 2), pick);
    const { refreshToken } = await login(sessions, { email: owner.email, password, code }, now);
    owner.taken.push(code);
    owner.tokens.push(refreshToken);
  },
  guess: async ({ email }: Owner) => {
    await login(sessions, { email, password: 'something else', code: undefined }, now);
  },
  guessCode: async ({ email }: Owner) => {
    await login(sessions, { email, password, code: '000000' }, now);
  },
  refresh: async (owner: Owner, pick: number) => {
    const token = pickOf(owner.tokens, pick);
    const { refreshToken } = await refresh(sessions, token);
    owner.taken.push(token);
    owner.tokens.push(refreshToken);
  },
  logout: ({ tokens }: Owner, pick: number) => revokeFamily(db, pickOf(tokens, pick)),
  key: async ({ personId }: Owner) => {
    const secretSha256 = digestOfKeySecret(newKeySecret());
    await createKey(db, { personId, name: 'k', scope: 'read', expiresDays: null, secretSha256 }, now);
  },
  change: ({ personId }: Owner) =>
    changePassword(
      factors,
      { personId, sessionId: null, currentPassword: password, newPassword: password },
      request(),
    ),
  remove: async (owner: Owner, pick: number) => {
    const code = pickOf(owner.codes.slice(0, 3), pick);
    const { personId } = owner;
    await deleteAccount(factors, { personId, password, code }, { now, requestId: randomUUID() });
    owner.taken.push(code);
    owner.isGone = true;
  },
};
type Name = keyof typeof operations;

async function check({ personId, taken, isGone }: Owner): Promise<void> {
  expect(new Set(taken).size).toBe(taken.length);
  const orphans = await sequelize.query(
    'SELECT id FROM refresh_tokens WHERE family_id NOT IN (SELECT id FROM sessions)',
  );
  expect(orphans[0]).toEqual([]);
  if (!isGone) return;
  const told = await tablesWith(sequelize, personId);
  expect(told).toEqual(['durable_calls']);
}

const names = Object.keys(operations) as Name[];
const step = fc.record({
  name: fc.constantFrom(...names),
  pick: fc.noBias(fc.nat(5)),
  diesAt: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }) },
  ),
});
const races = campaign({ runs: 4 });

test(
  'whatever people and thieves do at once, a secret works once, and of who has left nothing stays',
  async () => {
    const rounds = fc.array(fc.array(step, { minLength: 2, maxLength: 4 }), { minLength: 2, maxLength: 6 });
    const property = fc.asyncProperty(fc.scheduler(), rounds, async (scheduler, all) => {
      const owner = await addOwner();
      for (const steps of all) {
        const actors = steps.map(({ name, pick, diesAt }) => ({
          ...{ name, diesAt },
          act: async () => operations[name](owner, pick),
        }));
        for (const result of await together.run(scheduler, actors)) {
          if (result.status === 'fulfilled' || result.reason instanceof Died) continue;
          if (!EXPECTED.includes(problemCode(result.reason) ?? '')) throw result.reason;
        }
        await check(owner);
      }
    });
    await fc.assert(property, races.settings);
    process.stdout.write(`${races.runs} accounts, ${together.statements()} statements in chosen orders\n`);
    expect(together.statements()).toBeGreaterThan(races.runs * 20);
  },
  races.timeoutMs,
);
