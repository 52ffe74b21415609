import type { Service, ServiceBroker, ServiceSchema } from 'moleculer';
import { z } from 'zod';
import { changesSchema, forgetChanges, missedSchema, readChanges, readMissed } from '../../lib/change-log.ts';
import type { ArchiveLocation, DownloadLink, Message, Person } from '../../lib/contracts.ts';
import { removeExpiredCounters } from '../../lib/counters.ts';
import { config } from '../../lib/environment.ts';
import { markGone } from '../../lib/gone-people.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { openMailer } from '../../lib/mail/index.ts';
import { noticeSchema } from '../../lib/notices.ts';
import { exportPageSchema } from '../../lib/person-export.ts';
import { forgetHandledRequests } from '../../lib/once.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { openStore } from '../../lib/storage/index.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { workQueue } from '../../mixins/work-queue.mixin.ts';
import * as inApp from './in-app.ts';
import { forgetOld, logSchema, readLog } from './log.ts';
import { startMailEvents } from './mail-events.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { noticeOf, recordNotice, recordRequest, type NotifiedTopic } from './notifications.ts';
import { changePreferences, preferencesSchema, readPreferences } from './preferences.ts';
import { createSecretReader } from './secret.ts';
import { countNotifications } from './counts.ts';
import { exportPerson } from './export.ts';
import { createMailLimits } from './mail-limits.ts';
import { forgetGonePeople } from './removal.ts';
import { startSender } from './sender.ts';
import { digestOldSuppressions, findSuppression, liftSuppression } from './suppressions.ts';
import { notificationRequest } from './templates/index.ts';
import { firstFrame } from './thumbnail.ts';
import { readUnsubscription, tokenSchema, unsubscribeByToken, unsubscribeToken } from './unsubscribe.ts';
import { webhooksOf } from './webhooks/index.ts';

/** How long a stop waits for mail on its way; a mail that is cut off is sent after the next start. */
const STOP_PATIENCE_MS = 20_000;

const openQueue = sharedQueue(config);
const db = database({ name: 'notify', url: config.databases.notify, models: defineModels, migrations });
const mailer = openMailer(config.mail);
const store = openStore(config.storageUrl);
const limits = createMailLimits(db.sequelize, config.abuse.mailsToUnverified);
const readSecret = createSecretReader(db, 'unsubscribe');
const webhooks = webhooksOf(db, config);
let broker: ServiceBroker;
let sender: Loop | undefined;
let tidying: Loop | undefined;
const TIDY_MS = 5 * 60_000;
let forgetting: Loop | undefined;
let listening: Loop | undefined;
const FORGET_MS = 60_000;

const tidy = async () => {
  await digestOldSuppressions(db);
  await forgetOld(db, new Date());
  await forgetHandledRequests(db.sequelize, new Date());
  await inApp.forgetInApp(db, new Date());
  await forgetChanges(db.sequelize, new Date());
  await removeExpiredCounters(db.sequelize, new Date());
};

const ask = <Answer>(action: string, params: object) =>
  broker.call<Answer, object>(action, params, { timeout: 10_000 });
const person = (personId: string) => ask<Person>('auth.person', { personId });

/** What letters are given that others have. */
const enclosures = {
  publicUrl: config.publicUrl,
  letterToken: (tokenId: string) =>
    ask<{ token: string; expiresAt: string }>('auth.letterToken', { tokenId }),
  createLink: (link: object) => ask<DownloadLink>('video.createLink', link),
  thumbnail: async (archive: object) =>
    firstFrame(store, await ask<ArchiveLocation>('video.archive', archive)),
  unsubscribeToken: async (who: { personId: string; kind: string }) =>
    unsubscribeToken(await readSecret(), who),
};
const ownSchema = z.strictObject({ personId: z.uuid() });

/** Something new may be due. */
const kick = () => {
  sender?.kick();
  webhooks.kick();
};

/** Once the event is recorded here, its publisher need not keep it any longer; sending is driven by the record. */
const take = (topic: NotifiedTopic) => async (message: Message<NotifiedTopic>) => {
  await recordNotice(db, noticeOf(topic, message), new Date());
  await broker.call('video.settle', { eventId: message.id }, { timeout: 10_000 });
  kick();
};

/** E-mail, webhooks, and the record of what was told to whom. */
const schema: ServiceSchema = {
  name: 'notify',
  dependencies: ['auth', 'video'],
  mixins: [
    workQueue(openQueue),
    db.mixin,
    health({ 'notify database': () => db.sequelize.authenticate(), mail: () => mailer.ping() }),
  ],

  actions: {
    send: action(notificationRequest, async (request, ctx) => {
      const id = await recordRequest(db, request, new Date(), ctx.id);
      sender?.kick();
      return { id };
    }),
    tell: action(noticeSchema, async (notice) => {
      await recordNotice(db, notice, new Date());
      kick();
    }),

    listInApp: action(inApp.listInAppSchema, (query) => inApp.listInApp(db, query)),
    manyInApp: action(inApp.manyInAppSchema, (query) => inApp.showManyInApp(db, query)),
    readInApp: action(inApp.readInAppSchema, (read) => inApp.readInApp(db, read, new Date())),
    changes: action(changesSchema, ({ after }) => readChanges(db.sequelize, after)),
    missed: action(missedSchema, ({ people }) => readMissed(db.sequelize, people)),
    preferences: action(ownSchema, ({ personId }) => readPreferences(db, personId)),
    prefer: action(preferencesSchema, async (wish) => {
      await changePreferences(db, wish);
      return readPreferences(db, wish.personId);
    }),
    unsubscription: action(tokenSchema, ({ token }) => readUnsubscription({ readSecret, person }, token)),
    unsubscribe: action(tokenSchema, ({ token }) => unsubscribeByToken({ db, readSecret, person }, token)),
    address: action(ownSchema, async ({ personId }) => findSuppression(db, (await person(personId)).email)),
    liftSuppression: action(ownSchema, async ({ personId }) =>
      liftSuppression(db, (await person(personId)).email),
    ),
    counts: action(z.strictObject({}), () => countNotifications(db, new Date())),
    log: action(logSchema, (query) => readLog(db, query)),
    exportPerson: action(exportPageSchema, (query) => exportPerson(db, query)),
    removePerson: action(z.strictObject({ personId: z.uuid() }), async ({ personId }) => {
      await markGone(db.sequelize, personId, new Date());
      forgetting?.kick();
    }),
    ...webhooks.actions,
  },

  queues: {
    'video.processed': { concurrency: 5, handler: take('video.processed') },
    'video.failed': { concurrency: 5, handler: take('video.failed') },
  },

  created(this: Service) {
    broker = this.broker;
  },

  async started(this: Service) {
    const { logger } = this;
    sender = startSender({ db, mailer, limits, person, ...enclosures, logger });
    tidying = startLoop('tidy', TIDY_MS, tidy, logger);
    forgetting = startLoop('forgetting people', FORGET_MS, () => forgetGonePeople(db, new Date()), logger);
    const { eventsQueueUrl } = config.mail;
    if (eventsQueueUrl !== undefined) listening = startMailEvents(db, eventsQueueUrl, logger);
    await webhooks.start(logger);
  },

  async stopped() {
    const giveUp = setTimeout(() => mailer.close(), STOP_PATIENCE_MS);
    await Promise.all([sender, webhooks, tidying, forgetting, listening].map(async (loop) => loop?.stop()));
    clearTimeout(giveUp);
    mailer.close();
  },
};

export default schema;
