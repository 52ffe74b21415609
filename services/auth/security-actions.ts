import type { SigningKey } from '../../lib/access-token.ts';
import { exportPageSchema } from '../../lib/person-export.ts';
import { action } from '../../mixins/action.ts';
import * as apiKeys from './api-keys.ts';
import { createCodeThrottle } from './code-throttle.ts';
import { deleteAccount, deletionSchema } from './deletion.ts';
import * as exports from './exports.ts';
import type { OwnerNeeds } from './owner.ts';
import { createSecretBox } from './secret-box.ts';
import * as secondFactor from './second-factor.ts';
import type { SecondFactors } from './second-factor-codes.ts';

/** What the actions of keys and the second factor need. */
interface SecurityNeeds extends OwnerNeeds {
  signingKey: () => Promise<SigningKey>;
}

/** Checks codes; logins do so, too. */
export function secondFactorsOf({
  db,
  signingKey,
}: Pick<SecurityNeeds, 'db' | 'signingKey'>): () => Promise<SecondFactors> {
  const codeThrottle = createCodeThrottle(db.sequelize);
  return async () => ({ db, codeThrottle, box: createSecretBox(await signingKey()) });
}

/** The actions of `auth` about keys, the second factor, export and deletion. */
export function securityActions({ db, throttle, signingKey }: SecurityNeeds) {
  const factors = secondFactorsOf({ db, signingKey });
  const all = async () => ({ ...(await factors()), throttle });
  const moment = (requestId: string) => ({ now: new Date(), requestId });
  return {
    listKeys: action(apiKeys.keyListSchema, (owner) => apiKeys.listKeys(db, owner)),
    createKey: action(apiKeys.createKeySchema, (wish) => apiKeys.createKey(db, wish, new Date())),
    deleteKey: action(apiKeys.deleteKeySchema, (key, { id }) => apiKeys.deleteKey(db, key, new Date(), id)),
    checkKey: action(apiKeys.checkKeySchema, (key) => apiKeys.checkKey(db, key, new Date())),

    beginSecondFactor: action(secondFactor.beginSchema, async (wish) =>
      secondFactor.beginSecondFactor(await all(), wish, new Date()),
    ),
    confirmSecondFactor: action(secondFactor.confirmSchema, async (shown, { id }) =>
      secondFactor.confirmSecondFactor(await factors(), shown, moment(id)),
    ),
    disableSecondFactor: action(secondFactor.changeSchema, async (change, { id }) =>
      secondFactor.disableSecondFactor(await all(), change, moment(id)),
    ),
    replaceRecoveryCodes: action(secondFactor.changeSchema, async (change, { id }) =>
      secondFactor.replaceRecoveryCodes(await all(), change, moment(id)),
    ),

    requestExport: action(exports.requestExportSchema, (wish) =>
      exports.requestExport({ db, throttle }, wish, new Date()),
    ),
    openExport: action(exports.openExportSchema, (link, { id }) =>
      exports.openExport(db, link, new Date(), id),
    ),
    exportPerson: action(exportPageSchema, (query) => exports.exportPerson(db, query)),
    deleteAccount: action(deletionSchema, async (wish, { id }) =>
      deleteAccount(await all(), wish, moment(id)),
    ),
  };
}
