import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { watch } from './account-invariants.ts';
import { accountOperations, EXPECTED, type AccountOperation } from './account-operations.ts';
import { addOwner, noteWhatHappens, openAccounts } from './account-world.ts';
import { campaign } from './campaign.ts';
import { interleave, type Interleaving } from './interleaving.ts';
import { insistOnExpected, someOf, stepsOf } from './steps.ts';

/** Each round has new codes. */
const ROUND_MS = 61_000;

const accounts = await openAccounts();
let together: Interleaving;
beforeAll(async () => {
  await noteWhatHappens(accounts.sequelize);
  together = interleave(accounts.sequelize);
});
afterAll(() => accounts.sequelize.close());

const groups: AccountOperation[][] = [
  ['logout', 'endSession', 'endOthers', 'guess', 'guessCode'],
  ['askReset', 'reset'],
  ['askVerify', 'verify'],
  ['beginFactor', 'confirmFactor', 'disableFactor', 'replaceCodes'],
  ['createKey', 'useKey', 'deleteKey'],
  ['askExport', 'openExport'],
  ['shutOut'],
  ['remove'],
];
/** What somebody has at hand in the beginning. */
const before: AccountOperation[] = ['askReset', 'askVerify', 'askExport', 'createKey'];
const rounds = someOf(groups, ['login', 'refresh', 'change']).chain((kinds) =>
  fc.array(stepsOf(kinds), { minLength: 3, maxLength: 8, size: 'max' }),
);
const races = campaign({ runs: 14 });

test(
  'whatever people and thieves do at once, a secret works once, and of who has left nothing stays',
  async () => {
    const property = fc.asyncProperty(fc.scheduler(), fc.boolean(), rounds, async (scheduler, has, all) => {
      const owner = await addOwner(accounts, has);
      for (const name of before) await accountOperations[name](accounts, owner, 0);
      const check = watch(accounts, owner);
      for (const steps of all) {
        const actors = steps.map(({ name, pick, diesAt }) => ({
          ...{ name, diesAt },
          act: async () => accountOperations[name](accounts, owner, pick),
        }));
        insistOnExpected(await together.run<unknown>(scheduler, actors), EXPECTED);
        await check();
        owner.now = new Date(owner.now.getTime() + ROUND_MS);
      }
    });
    await fc.assert(property, races.settings);
    process.stdout.write(`${races.runs} accounts, ${together.statements()} statements in chosen orders\n`);
    expect(together.statements()).toBeGreaterThan(races.runs * 20);
  },
  races.timeoutMs,
);
