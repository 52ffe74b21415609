import type { Service, ServiceSchema } from 'moleculer';
import type { SigningKey } from '../../lib/access-token.ts';
import { config } from '../../lib/environment.ts';
import { HOUR_SECONDS, perNetwork } from '../../lib/counters.ts';
import { startDurableCalls } from '../../lib/durable-calls.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { toldPlaces } from '../../lib/places.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { administrationActions } from './administration/index.ts';
import { accountActions } from './account-actions.ts';
import type { Accounts } from './accounts.ts';
import { removeWhatIsOver } from './cleaning.ts';
import { loginAttempt, logoutAttempt, nothing, personReference, refreshAttempt } from './inputs.ts';
import { createCounter } from './counters.ts';
import { createLetterThrottle } from './letter-throttle.ts';
import { letterSecretOf } from './letter-tokens.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { countedLogin } from './measure.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { ensureAdmin, getPerson } from './people.ts';
import { keepPlaces } from './places.ts';
import { repeatableId, revokeFamily } from './refresh-tokens.ts';
import { checkSecondFactor } from './second-factor-codes.ts';
import { renewSecondFactors } from './second-factor-renewal.ts';
import { createSecretBox } from './secret-box.ts';
import { secondFactorsOf, securityActions } from './security-actions.ts';
import { login, refresh, type Sessions } from './sessions.ts';
import { loadSigningKey } from './signing-key.ts';

const HOUR_MS = 3_600_000;

const { signingKeyFile, makeSigningKey, admin, ...lives } = config.auth;
const { sequelize, models, mixin } = database({
  name: 'auth',
  url: config.databases.auth,
  models: defineModels,
  migrations,
});
const db = { sequelize, models };
const throttle = createLoginThrottle(sequelize);
const letters = createLetterThrottle(sequelize);
const registrations = perNetwork(
  createCounter(sequelize, 'registrations', config.abuse.registrationsPerNetwork, HOUR_SECONDS),
);

let loading: Promise<SigningKey> | undefined;
const signingKey = () =>
  (loading ??= loadSigningKey({ file: signingKeyFile, makeIfMissing: makeSigningKey }));
const secondFactors = secondFactorsOf({ db, signingKey });
const sessions = async (): Promise<Sessions> => ({
  db,
  key: await signingKey(),
  throttle,
  ...lives,
  checkCode: async (shown) => checkSecondFactor(await secondFactors(), shown),
});
const accounts = async (): Promise<Accounts> => ({
  db,
  letters,
  registrations,
  letterSecret: letterSecretOf(await signingKey()),
  olderLetterSecrets: ((await signingKey()).others ?? []).map(letterSecretOf),
});

/**
 * Hashing a password takes a processor for long, and one of the four threads that also read and write files: a flood of
 * logins must leave some, and those that are too many are refused.
 */
const hashing = (concurrency: number) => ({
  bulkhead: { enabled: true, concurrency, maxQueueSize: config.load.maxQueued },
});

let cleaning: Loop | undefined;
let calling: Loop | undefined;

/** People: accounts, passwords and tokens. */
const service: ServiceSchema = {
  name: 'auth',
  mixins: [mixin, health({ 'auth database': () => sequelize.authenticate() })],
  actions: {
    ...accountActions({ db, throttle, accounts, hashing: hashing(1) }),
    ...securityActions({ db, throttle, signingKey }),
    ...administrationActions(db),
    login: {
      ...action(loginAttempt, async (params, { id }) =>
        countedLogin(login(await sessions(), params, new Date(), id)),
      ),
      ...hashing(3),
    },
    refresh: action(refreshAttempt, async ({ refreshToken, origin, idempotencyKey: key }, { id }) => {
      const requestId = key === undefined ? id : repeatableId(refreshToken, key);
      return refresh(await sessions(), refreshToken, origin, new Date(), requestId);
    }),
    logout: action(logoutAttempt, ({ refreshToken, origin }) => revokeFamily(db, refreshToken, origin)),
    person: action(personReference, ({ personId }) => getPerson(db, personId)),
    keepPlaces: action(toldPlaces, (told) => keepPlaces(db, config.places, told, new Date())),
    keys: action(nothing, async () => {
      const { others = [], ...key } = await signingKey();
      return { keys: [key, ...others].map(({ kid, publicKeyPem }) => ({ kid, publicKeyPem })) };
    }),
  },
  async started(this: Service) {
    await signingKey();
    if (admin) await ensureAdmin(db, admin, this.logger);
    const call = (name: string, params: object) => this.broker.call(name, params);
    calling = startDurableCalls(sequelize, call, this.logger);
    const tidy = async () => {
      await renewSecondFactors(db, createSecretBox(await signingKey()));
      await removeWhatIsOver(db);
    };
    cleaning = startLoop('Renewing what ages, removing what is over', HOUR_MS, tidy, this.logger);
  },
  async stopped() {
    await Promise.all([cleaning?.stop(), calling?.stop()]);
  },
};

export default service;
