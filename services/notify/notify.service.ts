import type { Service, ServiceBroker, ServiceSchema } from 'moleculer';
import { z } from 'zod';
import type { Message, Person } from '../../lib/contracts.ts';
import { config } from '../../lib/environment.ts';
import { markGone } from '../../lib/gone-people.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { openMailer } from '../../lib/mail/index.ts';
import { noticeSchema } from '../../lib/notices.ts';
import { exportPageSchema } from '../../lib/person-export.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { workQueue } from '../../mixins/work-queue.mixin.ts';
import { exportPerson } from './export.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { noticeOf, recordNotice, recordRequest, type NotifiedTopic } from './notifications.ts';
import { forgetGonePeople } from './removal.ts';
import { startSender } from './sender.ts';
import { notificationRequest } from './templates/index.ts';

/** How long a stop waits for mail on its way; a mail that is cut off is sent after the next start. */
const STOP_PATIENCE_MS = 20_000;

const openQueue = sharedQueue(config);
const db = database({ name: 'notify', url: config.databases.notify, models: defineModels, migrations });
const mailer = openMailer(config.mail);
let broker: ServiceBroker;
let sender: Loop | undefined;
let forgetting: Loop | undefined;
const FORGET_MS = 60_000;

const person = (personId: string) =>
  broker.call<Person, { personId: string }>('auth.person', { personId }, { timeout: 10_000 });

/** Once the event is recorded here, its publisher need not keep it any longer; sending is driven by the record. */
const take = (topic: NotifiedTopic) => async (message: Message<NotifiedTopic>) => {
  await recordNotice(db, noticeOf(topic, message), new Date());
  await broker.call('video.settle', { eventId: message.id }, { timeout: 10_000 });
  sender?.kick();
};

/** E-mail, and the record of what was told to whom. */
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
      sender?.kick();
    }),
    exportPerson: action(exportPageSchema, (query) => exportPerson(db, query)),
    removePerson: action(z.strictObject({ personId: z.uuid() }), async ({ personId }) => {
      await markGone(db.sequelize, personId, new Date());
      forgetting?.kick();
    }),
  },

  queues: {
    'video.processed': { concurrency: 5, handler: take('video.processed') },
    'video.failed': { concurrency: 5, handler: take('video.failed') },
  },

  created(this: Service) {
    broker = this.broker;
  },

  started(this: Service) {
    sender = startSender({ db, mailer, person, publicUrl: config.publicUrl, logger: this.logger });
    const forget = () => forgetGonePeople(db, new Date());
    forgetting = startLoop('forgetting people', FORGET_MS, forget, this.logger);
    return Promise.resolve();
  },

  async stopped() {
    const giveUp = setTimeout(() => mailer.close(), STOP_PATIENCE_MS);
    await Promise.all([sender?.stop(), forgetting?.stop()]);
    clearTimeout(giveUp);
    mailer.close();
  },
};

export default schema;
