import type { Service, ServiceBroker, ServiceSchema } from 'moleculer';
import type { Message, Person } from '../../lib/contracts.ts';
import { config } from '../../lib/environment.ts';
import type { Loop } from '../../lib/loop.ts';
import { openMailer } from '../../lib/mail/index.ts';
import { noticeSchema } from '../../lib/notices.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { workQueue } from '../../mixins/work-queue.mixin.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { noticeOf, recordNotice, recordRequest, type NotifiedTopic } from './notifications.ts';
import { startSender } from './sender.ts';
import { notificationRequest } from './templates/index.ts';
import { webhooksOf } from './webhooks/index.ts';

/** How long a stop waits for mail on its way; a mail that is cut off is sent after the next start. */
const STOP_PATIENCE_MS = 20_000;

const openQueue = sharedQueue(config);
const db = database({ name: 'notify', url: config.databases.notify, models: defineModels, migrations });
const mailer = openMailer(config.mail);
const webhooks = webhooksOf(db, config);
let broker: ServiceBroker;
let sender: Loop | undefined;

const person = (personId: string) =>
  broker.call<Person, { personId: string }>('auth.person', { personId }, { timeout: 10_000 });

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
    sender = startSender({ db, mailer, person, publicUrl: config.publicUrl, logger: this.logger });
    await webhooks.start(this.logger);
  },

  async stopped() {
    const giveUp = setTimeout(() => mailer.close(), STOP_PATIENCE_MS);
    await Promise.all([sender?.stop(), webhooks.stop()]);
    clearTimeout(giveUp);
    mailer.close();
  },
};

export default schema;
