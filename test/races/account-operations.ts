import { randomUUID } from 'node:crypto';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { beginReset, resendVerification, verifyEmail } from '../../services/auth/accounts.ts';
import { setDisabled } from '../../services/auth/administration/person-deeds.ts';
import { checkKey, createKey, deleteKey } from '../../services/auth/api-keys.ts';
import { deleteAccount } from '../../services/auth/deletion.ts';
import { openExport, requestExport } from '../../services/auth/exports.ts';
import { letterToken } from '../../services/auth/letter-tokens.ts';
import { changePassword, resetPassword } from '../../services/auth/password-changes.ts';
import { revokeFamily } from '../../services/auth/refresh-tokens.ts';
import * as secondFactor from '../../services/auth/second-factor.ts';
import { endOtherSessions, endSession } from '../../services/auth/session-list.ts';
import { login, refresh } from '../../services/auth/sessions.ts';
import { codeOf, pickText, type Accounts, type Owner } from './account-world.ts';

/** Everything that people, thieves and administrators can do to an account. */

type Act = (accounts: Accounts, owner: Owner, pick: number) => Promise<unknown>;

const request = ({ now }: Owner) => ({ id: randomUUID(), now });
const moment = ({ now }: Owner) => ({ requestId: randomUUID(), now });
const versionOf = ({ passwords }: Owner) => passwords.length - 1;
const passwordOf = ({ passwords }: Owner) => passwords.at(-1) ?? '';

/** One of few codes, so that they come at once: of the app, or written on paper. */
const anyCode = ({ secret, now, recoveryCodes }: Owner, pick: number) =>
  pick % 2 === 0 ? codeOf(secret, now, pick / 2) : pickText(recoveryCodes.slice(0, 3), pick);

const loginWith =
  (codeFor: (owner: Owner, pick: number) => string): Act =>
  async ({ sessions }, owner, pick) => {
    const code = codeFor(owner, pick);
    const version = versionOf(owner);
    const sessionId = randomUUID();
    const attempt = { email: owner.email, password: passwordOf(owner), code };
    const { refreshToken } = await login(sessions, attempt, owner.now, sessionId);
    owner.codesTaken.push(code);
    owner.refreshTokens.push(refreshToken);
    owner.logins.push({ sessionId, version });
  };

const newPassword = (owner: Owner): string => {
  const password = `another ${randomUUID()} horse`;
  owner.wished.push(password);
  return password;
};

const passwordAndCode = (owner: Owner, pick: number) => ({
  ...{ personId: owner.personId, password: passwordOf(owner) },
  code: anyCode(owner, pick),
});

/** Sessions, passwords and letters. */
const sessionOperations = {
  login: loginWith(anyCode),
  guess: ({ sessions }, { email, now }) => login(sessions, { email, password: 'something else' }, now),
  guessCode: ({ sessions }, owner) =>
    login(sessions, { email: owner.email, password: passwordOf(owner), code: '000000' }, owner.now),
  refresh: async ({ sessions }, owner, pick) => {
    const token = pickText(owner.refreshTokens.slice(-3), pick);
    const { refreshToken } = await refresh(sessions, token, {}, owner.now);
    owner.taken.push(token);
    owner.refreshTokens.push(refreshToken);
  },
  logout: ({ db }, { refreshTokens, now }, pick) =>
    revokeFamily(db, pickText(refreshTokens.slice(-3), pick), {}, now),
  endSession: ({ db }, { personId, logins, now }, pick) =>
    endSession(db, { personId, sessionId: null }, logins.at(-1 - (pick % 2))?.sessionId ?? '', now),
  endOthers: ({ db }, { personId, now }) => endOtherSessions(db, { personId, sessionId: null }, now),
  change: async ({ factors }, owner, pick) => {
    const sessionId = pick % 2 === 0 ? null : (owner.logins.at(-1)?.sessionId ?? null);
    if (sessionId) owner.keepers.add(sessionId);
    const passwords = { currentPassword: passwordOf(owner), newPassword: newPassword(owner) };
    await changePassword(factors, { personId: owner.personId, sessionId, ...passwords }, request(owner));
  },
  askReset: async ({ db, letters }, owner) => {
    await beginReset(letters, owner.email, request(owner));
    await readLetter({ db, letters }, owner, 'reset');
  },
  reset: async ({ db }, owner, pick) => {
    const token = pickText(owner.letters.reset.slice(-2), pick);
    await resetPassword(db, { token, password: newPassword(owner) }, request(owner));
    owner.taken.push(token);
  },
  askVerify: async ({ db, letters }, owner) => {
    await resendVerification(letters, owner.personId, request(owner));
    await readLetter({ db, letters }, owner, 'verify');
  },
  verify: async ({ db }, owner, pick) => {
    const token = pickText(owner.letters.verify.slice(-2), pick);
    await verifyEmail(db, token, request(owner));
    owner.taken.push(token);
  },
} satisfies Record<string, Act>;

/** The letter arrives, unless it is of no use any more. */
async function readLetter(
  { db, letters }: Pick<Accounts, 'db' | 'letters'>,
  { personId, now, letters: held }: Owner,
  purpose: 'verify' | 'reset',
): Promise<void> {
  const where = { personId, purpose };
  const row = await db.models.letterToken.findOne({ where, order: [['id', 'DESC']] });
  if (!row) return;
  held[purpose].push((await letterToken(db, [letters.letterSecret], row.id, now)).token);
}

/** The second factor, API keys and exports. */
const secretOperations = {
  beginFactor: async ({ factors }, owner) => {
    const wish = { personId: owner.personId, password: passwordOf(owner) };
    owner.begun = (await secondFactor.beginSecondFactor(factors, wish, owner.now)).secret;
  },
  confirmFactor: async ({ factors }, owner, pick) => {
    const { personId, begun } = owner;
    owner.shown.add(begun);
    const shown = { personId, code: codeOf(begun, owner.now, pick) };
    const { recoveryCodes } = await secondFactor.confirmSecondFactor(factors, shown, moment(owner));
    owner.secret = begun;
    owner.recoveryCodes = recoveryCodes;
  },
  disableFactor: async ({ factors }, owner, pick) => {
    const change = passwordAndCode(owner, pick);
    await secondFactor.disableSecondFactor(factors, change, moment(owner));
    owner.codesTaken.push(change.code);
  },
  replaceCodes: async ({ factors }, owner, pick) => {
    const change = passwordAndCode(owner, pick);
    const { recoveryCodes } = await secondFactor.replaceRecoveryCodes(factors, change, moment(owner));
    owner.codesTaken.push(change.code);
    owner.recoveryCodes = recoveryCodes;
  },
  createKey: async ({ db }, owner, pick) => {
    const secretSha256 = pickText(owner.keySecrets, pick);
    const wish = {
      personId: owner.personId,
      name: 'k',
      scope: 'read',
      expiresDays: null,
      secretSha256,
    } as const;
    owner.keys.push({ id: (await createKey(db, wish, owner.now)).id, secretSha256 });
  },
  useKey: async ({ db }, owner, pick) => {
    const key = owner.keys.at(-1 - (pick % 2));
    if (!key) return;
    const wasDeleted = owner.taken.includes(key.id);
    await checkKey(db, key, owner.now);
    if (wasDeleted) throw new Error('A key works that was deleted');
  },
  deleteKey: async ({ db }, owner, pick) => {
    const key = owner.keys.at(-1 - (pick % 2));
    if (!key) return;
    await deleteKey(db, { personId: owner.personId, id: key.id }, owner.now);
    owner.taken.push(key.id);
  },
  askExport: async ({ factors }, owner) => {
    const secretSha256 = digestOfKeySecret(newKeySecret());
    const wish = { personId: owner.personId, password: passwordOf(owner), secretSha256 };
    await requestExport(factors, wish, owner.now);
    owner.exports.push(secretSha256);
  },
  openExport: async ({ db }, owner) => {
    const secretSha256 = owner.exports.at(-1);
    if (secretSha256 === undefined) return;
    await openExport(db, { secretSha256 }, owner.now, randomUUID());
    owner.taken.push(secretSha256);
  },
} satisfies Record<string, Act>;

export const accountOperations = {
  ...sessionOperations,
  ...secretOperations,
  shutOut: ({ db }, { personId, now }, pick) =>
    setDisabled(db, { personId, disabled: pick % 2 === 0, by: 'operator' }, now),
  remove: async ({ factors }, owner, pick) => {
    const version = versionOf(owner);
    const wish = passwordAndCode(owner, pick);
    await deleteAccount(factors, wish, moment(owner));
    owner.codesTaken.push(wish.code);
    owner.removedWith ??= version;
  },
} satisfies Record<string, Act>;

export type AccountOperation = keyof typeof accountOperations;

export const EXPECTED = [
  ...['invalid_credentials', 'invalid_token', 'invalid_code', 'unauthorized', 'not_found'],
  ...['invalid_state', 'second_factor_required', 'account_disabled'],
];
