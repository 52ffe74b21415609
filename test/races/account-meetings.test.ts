import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digestOfKeySecret, newKeySecret } from '../../lib/api-key.ts';
import { registration } from '../../lib/accounts.ts';
import { parse, problemCode } from '../../lib/errors.ts';
import { registerPerson, verifyEmail, resendVerification } from '../../services/auth/accounts.ts';
import { setDisabled } from '../../services/auth/administration/person-deeds.ts';
import { createKey } from '../../services/auth/api-keys.ts';
import { deleteAccount } from '../../services/auth/deletion.ts';
import { openExport, requestExport } from '../../services/auth/exports.ts';
import { changePassword, resetPassword } from '../../services/auth/password-changes.ts';
import { setRole } from '../../services/auth/roles.ts';
import * as secondFactor from '../../services/auth/second-factor.ts';
import { checkSecondFactor } from '../../services/auth/second-factor-codes.ts';
import { login, refresh, type Sessions } from '../../services/auth/sessions.ts';
import { accountOperations } from './account-operations.ts';
import { addOwner, codeOf, openAccounts, type Owner } from './account-world.ts';
import { interleave, type Interleaving } from './interleaving.ts';
import { interruptEverywhere, isDone, type Meeting } from './interruptions.ts';

/** What people, thieves and administrators do to one account, interrupted at every statement. */

const accounts = await openAccounts();
const { db, letters } = accounts;
/** Guesses are counted elsewhere. */
const uncounted = { begin: () => Promise.resolve(() => Promise.resolve()) };
const factors = { ...accounts.factors, throttle: uncounted, codeThrottle: uncounted };
const sessions: Sessions = {
  ...accounts.sessions,
  throttle: uncounted,
  checkCode: (shown) => checkSecondFactor(factors, shown),
};
let together: Interleaving;
beforeAll(() => {
  together = interleave(accounts.sequelize);
});
afterAll(() => accounts.sequelize.close());

const meet = <Stage>(meeting: Meeting<Stage>) => interruptEverywhere(together, meeting);
const request = ({ now }: Owner) => ({ id: randomUUID(), now });
const moment = ({ now }: Owner) => ({ requestId: randomUUID(), now });
const passwordOf = ({ passwords }: Owner) => passwords.at(-1) ?? '';
const change = (owner: Owner) =>
  changePassword(
    factors,
    {
      ...{ personId: owner.personId, sessionId: null, currentPassword: passwordOf(owner) },
      newPassword: `another ${owner.personId} horse`,
    },
    request(owner),
  );
const wish = (owner: Owner) => ({ personId: owner.personId, password: passwordOf(owner) });
const withCode = (owner: Owner) => ({ ...wish(owner), code: codeOf(owner.secret, owner.now, 1) });

describe('of two who bring the same secret, one is let in:', () => {
  const loginWith = (code: (owner: Owner) => string) => (owner: Owner) =>
    login(sessions, { email: owner.email, password: passwordOf(owner), code: code(owner) }, owner.now);
  const cases: [
    string,
    { hasFactor: boolean; before?: 'askReset' | 'askVerify' },
    (owner: Owner) => Promise<unknown>,
  ][] = [
    ['a code of an app', { hasFactor: true }, loginWith((owner) => codeOf(owner.secret, owner.now, 1))],
    ['a recovery code', { hasFactor: true }, loginWith((owner) => owner.recoveryCodes[0] ?? '')],
    [
      'a refresh token',
      { hasFactor: false },
      (owner) => refresh(sessions, owner.refreshTokens[0] ?? '', {}, owner.now),
    ],
    [
      'the token of a reset',
      { hasFactor: false, before: 'askReset' },
      (owner) =>
        resetPassword(
          db,
          { token: owner.letters.reset[0] ?? '', password: `another ${randomUUID()} horse` },
          request(owner),
        ),
    ],
    [
      'the token of a verification',
      { hasFactor: false, before: 'askVerify' },
      (owner) => verifyEmail(db, owner.letters.verify[0] ?? '', request(owner)),
    ],
  ];
  test.each(cases)('%s', async (_name, { hasFactor, before }, use) => {
    await meet({
      prepare: async () => {
        const owner = await addOwner(accounts, hasFactor);
        if (before) await accountOperations[before](accounts, owner);
        return owner;
      },
      ...{ first: use, second: use },
      check: (_owner, ...both) => expect(both.map(isDone).sort()).toEqual([false, true]),
    });
  });

  test('the link of an export', async () => {
    const use = ({ secretSha256, owner }: { secretSha256: string; owner: Owner }) =>
      openExport(db, { secretSha256 }, owner.now, randomUUID());
    await meet({
      prepare: async () => {
        const owner = await addOwner(accounts, false);
        const secretSha256 = digestOfKeySecret(newKeySecret());
        await requestExport(factors, { ...wish(owner), secretSha256 }, owner.now);
        return { secretSha256, owner };
      },
      ...{ first: use, second: use },
      check: (_stage, ...both) => expect(both.map(isDone).sort()).toEqual([false, true]),
    });
  });
});

describe('a password that is changed in this moment does not do any more', () => {
  /** What must not be there after the change, unless it was there before it. */
  const deeds: [string, boolean, (owner: Owner) => Promise<unknown>][] = [
    ['for the account’s deletion', false, (owner) => deleteAccount(factors, wish(owner), moment(owner))],
    [
      'for an export',
      false,
      (owner) =>
        requestExport(
          factors,
          { ...wish(owner), secretSha256: digestOfKeySecret(newKeySecret()) },
          owner.now,
        ),
    ],
    [
      'for a login',
      false,
      (owner) => login(sessions, { email: owner.email, password: passwordOf(owner) }, owner.now),
    ],
    ['for another change', false, change],
    [
      'for setting up a second factor',
      false,
      (owner) => secondFactor.beginSecondFactor(factors, wish(owner), owner.now),
    ],
    [
      'for doing without one',
      true,
      (owner) => secondFactor.disableSecondFactor(factors, withCode(owner), moment(owner)),
    ],
    [
      'for new recovery codes',
      true,
      (owner) => secondFactor.replaceRecoveryCodes(factors, withCode(owner), moment(owner)),
    ],
  ];
  test.each(deeds)('%s', async (_name, hasFactor, deed) => {
    let refused = 0;
    const order: string[] = [];
    const times = await meet({
      prepare: async () => {
        order.length = 0;
        return addOwner(accounts, hasFactor);
      },
      first: (owner) => deed(owner).then(() => order.push('deed')),
      second: (owner) => change(owner).then(() => order.push('change')),
      check: (_owner, first, second) => {
        if (first.status === 'rejected') {
          refused += 1;
          expect(problemCode(first.reason)).toBe('invalid_credentials');
        }
        // Whoever ends second has waited for the other one, or has begun after it.
        if (isDone(first) && isDone(second)) expect(order).toEqual(['deed', 'change']);
      },
    });
    expect([times > 3, refused > 1]).toEqual([true, true]);
  });
});

test('a person makes no more keys than they may', async () => {
  const make = ({ personId, now }: Owner) =>
    createKey(
      db,
      {
        ...{ personId, name: 'k', scope: 'read', expiresDays: null },
        secretSha256: digestOfKeySecret(newKeySecret()),
      },
      now,
    );
  await meet({
    prepare: () => addOwner(accounts, false),
    ...{ first: make, second: make },
    check: (_owner, ...both) => expect(both.map(isDone).sort()).toEqual([false, true]),
  });
});

test('an address has one account, in whatever case it is written', async () => {
  const password = 'correct horse battery';
  const register = (email: string) =>
    registerPerson(letters, parse(registration, { email, password }), { id: randomUUID(), now: new Date() });
  await meet({
    prepare: () => Promise.resolve(`${randomUUID()}@example.com`),
    first: register,
    second: (email) => register(email.toUpperCase()),
    check: async (email, ...both) => {
      const refused = both.flatMap((it) => (it.status === 'rejected' ? [problemCode(it.reason)] : []));
      expect(refused).toEqual(['email_taken']);
      const [told] = await accounts.sequelize.query('SELECT 1 FROM people WHERE lower(email) = :email', {
        replacements: { email },
      });
      expect(told).toHaveLength(1);
    },
  });
});

test('no letter is written to an address that was verified in this moment', async () => {
  await meet({
    prepare: async () => {
      const owner = await addOwner(accounts, false);
      await accountOperations.askVerify(accounts, owner);
      return owner;
    },
    first: (owner) => resendVerification(letters, owner.personId, request(owner)),
    second: (owner) => verifyEmail(db, owner.letters.verify[0] ?? '', request(owner)),
    check: async ({ personId }, first, second) => {
      expect([isDone(first), isDone(second)]).toEqual([true, true]);
      expect(await db.models.letterToken.count({ where: { personId } })).toBe(0);
    },
  });
});

describe('of two administrators who act against each other, one is left:', () => {
  const deeds: [string, (by: Owner, about: Owner) => Promise<unknown>][] = [
    [
      'taking the rights',
      (by, { personId, now }) => setRole(db, { personId, role: 'user', by: by.personId }, now),
    ],
    [
      'closing the account',
      (by, { personId, now }) => setDisabled(db, { personId, disabled: true, by: by.personId }, now),
    ],
  ];
  const both = deeds.flatMap((first) =>
    deeds.map((second) => [first[0], second[0], first[1], second[1]] as const),
  );
  test.each(both)('%s, %s', async (_one, _two, first, second) => {
    await meet({
      prepare: async () => {
        const pair = [await addOwner(accounts, false), await addOwner(accounts, false)] as const;
        for (const { personId, now } of pair) await setRole(db, { personId, role: 'admin' }, now);
        return pair;
      },
      first: ([ana, ben]) => first(ana, ben),
      second: ([ana, ben]) => second(ben, ana),
      check: async (pair, ...outcomes) => {
        const refused = outcomes.flatMap((it) => (it.status === 'rejected' ? [problemCode(it.reason)] : []));
        expect(refused).toEqual(['forbidden']);
        const where = { id: pair.map(({ personId }) => personId), role: 'admin', disabledAt: null } as const;
        expect(await db.models.person.count({ where })).toBe(1);
      },
    });
  });
});
