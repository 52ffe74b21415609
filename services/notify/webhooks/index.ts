import type { Config } from '../../../lib/config.ts';
import type { Logger } from '../../../lib/logger.ts';
import { startLoop, type Loop } from '../../../lib/loop.ts';
import { forgetHandledRequests } from '../../../lib/once.ts';
import { action } from '../../../mixins/action.ts';
import type { NotifyDatabase } from '../models.ts';
import { forgetDeliveries, ownDelivery, replayDelivery, testWebhook } from './deliveries.ts';
import { listDeliveries, listDeliveriesSchema } from './delivery-log.ts';
import { startDeliveries } from './dispatcher.ts';
import * as endpoints from './endpoints.ts';
import { createGuard, createResolver } from './guard.ts';
import { createHostLimit } from './host-limit.ts';
import { renewWebhookSecrets } from './renewal.ts';
import { loadSafe, type Safe } from './secrets.ts';

const HOUR_MS = 3_600_000;

/** The part of the service that has to do with webhooks: its actions, and what runs as long as the service does. */
export function webhooksOf(db: NotifyDatabase, { webhooks: settings, abuse, publicUrl }: Config) {
  const { allowHttp, allowedNetworks, keyFile, makeKey } = settings;
  const guard = createGuard({ networks: allowedNetworks, allowHttp, resolve: createResolver() });
  const hostLimit = createHostLimit(db.sequelize, abuse.webhooksPerHost);
  let loading: Promise<Safe> | undefined;
  const safe = () => (loading ??= loadSafe({ file: keyFile, makeIfMissing: makeKey }));
  const needs = async () => ({ db, guard, safe: await safe() });
  let deliveries: Loop | undefined;
  let cleaning: Loop | undefined;
  /** What is due now goes at once. */
  const kicked = async <T>(change: Promise<T>) => {
    const result = await change;
    deliveries?.kick();
    return result;
  };

  return {
    actions: {
      createWebhook: action(endpoints.createSchema, async (params, { id }) =>
        endpoints.createWebhook(await needs(), params, new Date(), id),
      ),
      listWebhooks: action(endpoints.personSchema, (params) => endpoints.listWebhooks(db, params)),
      changeWebhook: action(endpoints.changeSchema, (params, { id }) =>
        endpoints.changeWebhook({ db, guard }, params, new Date(), id),
      ),
      removeWebhook: action(endpoints.ownWebhook, (params, { id }) =>
        endpoints.removeWebhook(db, params, new Date(), id),
      ),
      rotateWebhookSecret: action(endpoints.ownWebhook, async (params, { id }) =>
        endpoints.rotateSecret(await needs(), params, new Date(), id),
      ),
      testWebhook: action(endpoints.ownWebhook, (params, { id }) =>
        kicked(testWebhook(db, params, new Date(), id)),
      ),
      listDeliveries: action(listDeliveriesSchema, (params) => listDeliveries(db, params)),
      replayDelivery: action(ownDelivery, (params, { id }) =>
        kicked(replayDelivery(db, params, new Date(), id)),
      ),
    },
    /** @throws Error when the key can't be had */
    start: async (logger: Logger) => {
      deliveries = startDeliveries({ ...(await needs()), hostLimit, publicUrl, logger });
      const clean = async () => {
        await renewWebhookSecrets(db, await safe());
        await forgetDeliveries(db, new Date());
        await forgetHandledRequests(db.sequelize, new Date());
      };
      cleaning = startLoop('Renewing secrets, forgetting old deliveries', HOUR_MS, clean, logger);
    },
    kick: () => deliveries?.kick(),
    stop: async () => {
      await Promise.all([deliveries?.stop(), cleaning?.stop()]);
    },
  };
}
