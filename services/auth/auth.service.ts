import type { Service, ServiceSchema } from 'moleculer';
import type { SigningKey } from '../../lib/access-token.ts';
import { refreshTokenHolder, registration } from '../../lib/accounts.ts';
import { config } from '../../lib/environment.ts';
import { startDurableCalls } from '../../lib/durable-calls.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { forgetHandledRequests } from '../../lib/once.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { loginAttempt, nothing, personReference } from './inputs.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { ensureAdmin, getPerson, register } from './people.ts';
import { removeExpired, revokeFamily } from './refresh-tokens.ts';
import { login, refresh, type Sessions } from './sessions.ts';
import { loadSigningKey } from './signing-key.ts';

const HOUR_MS = 3_600_000;

const { signingKeyFile, makeSigningKey, accessTokenSeconds, refreshTokenDays, admin } = config.auth;
const { sequelize, models, mixin } = database({
  name: 'auth',
  url: config.databases.auth,
  models: defineModels,
  migrations,
});
const db = { sequelize, models };
const throttle = createLoginThrottle(sequelize);

let loading: Promise<SigningKey> | undefined;
const signingKey = () =>
  (loading ??= loadSigningKey({ file: signingKeyFile, makeIfMissing: makeSigningKey }));
const sessions = async (): Promise<Sessions> => ({
  db,
  key: await signingKey(),
  throttle,
  accessTokenSeconds,
  refreshTokenDays,
});

let cleaning: Loop | undefined;
let calling: Loop | undefined;

/** People: accounts, passwords and tokens. */
const service: ServiceSchema = {
  name: 'auth',
  mixins: [mixin, health({ 'auth database': () => sequelize.authenticate() })],
  actions: {
    register: action(registration, (params, { id }) => register(db, params, 'user', new Date(), id)),
    login: action(loginAttempt, async (params) => login(await sessions(), params)),
    refresh: action(refreshTokenHolder, async ({ refreshToken }, { id }) =>
      refresh(await sessions(), refreshToken, new Date(), id),
    ),
    logout: action(refreshTokenHolder, ({ refreshToken }) => revokeFamily(db, refreshToken)),
    person: action(personReference, ({ personId }) => getPerson(db, personId)),
    keys: action(nothing, async () => {
      const { kid, publicKeyPem } = await signingKey();
      return { keys: [{ kid, publicKeyPem }] };
    }),
  },
  async started(this: Service) {
    await signingKey();
    if (admin) await ensureAdmin(db, admin, this.logger);
    const call = (name: string, params: object) => this.broker.call(name, params);
    calling = startDurableCalls(sequelize, call, this.logger);
    cleaning = startLoop(
      'Removing expired tokens',
      HOUR_MS,
      () =>
        Promise.all([
          removeExpired(db),
          throttle.removeExpired(),
          forgetHandledRequests(sequelize, new Date()),
        ]),
      this.logger,
    );
  },
  async stopped() {
    await Promise.all([cleaning?.stop(), calling?.stop()]);
  },
};

export default service;
