import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Carrier } from '../../lib/tracing/trace.ts';
import type { NoticeKind } from '../../lib/notices.ts';
import { defineWebhooks } from './webhooks/models.ts';

/** The ways to a person. */
export type Channel = 'email' | 'inapp' | 'webhook';

/** One message to one recipient about one event. Its id is the mail's id, too. */
export interface Notification extends Model<
  InferAttributes<Notification>,
  InferCreationAttributes<Notification>
> {
  id: string;
  eventId: string;
  channel: Channel;
  /** Of a webhook: where it goes. */
  endpointId: CreationOptional<string | null>;
  personId: string | null;
  recipient: string | null;
  /** What it tells; a `message` is somebody's own text, a `webhook.test` tells nothing. */
  kind: NoticeKind | 'message' | 'webhook.test';
  /** What {@link notices} says of the kind. */
  payload: object;
  status: CreationOptional<'pending' | 'sent' | 'failed'>;
  attempts: CreationOptional<number>;
  nextAttemptAt: Date;
  lastError: CreationOptional<string | null>;
  createdAt: Date;
  sentAt: CreationOptional<Date | null>;
  readAt: CreationOptional<Date | null>;
  /** Of the request that it comes from. */
  trace: CreationOptional<Carrier | null>;
}

/** One attempt to send a notification. */
export interface NotificationTry extends Model<
  InferAttributes<NotificationTry>,
  InferCreationAttributes<NotificationTry>
> {
  notificationId: string;
  number: number;
  at: Date;
  outcome: 'sent' | 'refused' | 'failed';
  detail: string | null;
  statusCode: number | null;
  durationMs: number;
}

/** What a person has chosen about one kind of notice. */
export interface Preference extends Model<InferAttributes<Preference>, InferCreationAttributes<Preference>> {
  personId: string;
  kind: string;
  channel: 'email' | 'inapp';
  enabled: boolean;
}

/** An address that gets no mail. */
export interface Suppression extends Model<
  InferAttributes<Suppression>,
  InferCreationAttributes<Suppression>
> {
  addressHash: string;
  /** `refused`: the mail server would not take it; `bounced`: it came back; `complaint`: its reader called it spam. */
  reason: 'refused' | 'bounced' | 'complaint';
  at: Date;
}

/** The tables of the database `notify`; migrations.ts makes them. */
export function defineModels(sequelize: Sequelize) {
  const { UUID, TEXT, INTEGER, JSONB, DATE, BOOLEAN } = DataTypes;
  const notification = sequelize.define<Notification>('notifications', {
    id: { type: UUID, primaryKey: true },
    eventId: UUID,
    trace: JSONB,
    channel: TEXT,
    endpointId: UUID,
    personId: UUID,
    recipient: TEXT,
    kind: TEXT,
    payload: JSONB,
    status: TEXT,
    attempts: INTEGER,
    nextAttemptAt: DATE(3),
    lastError: TEXT,
    createdAt: DATE(3),
    sentAt: DATE(3),
    readAt: DATE(3),
  });
  const notificationTry = sequelize.define<NotificationTry>('notification_tries', {
    notificationId: { type: UUID, primaryKey: true },
    number: { type: INTEGER, primaryKey: true },
    at: DATE(3),
    outcome: TEXT,
    detail: TEXT,
    statusCode: INTEGER,
    durationMs: INTEGER,
  });
  const preference = sequelize.define<Preference>('preferences', {
    personId: { type: UUID, primaryKey: true },
    kind: { type: TEXT, primaryKey: true },
    channel: { type: TEXT, primaryKey: true },
    enabled: BOOLEAN,
  });
  const suppression = sequelize.define<Suppression>('suppressed_addresses', {
    addressHash: { type: TEXT, primaryKey: true },
    reason: TEXT,
    at: DATE(3),
  });
  return { notification, notificationTry, preference, suppression, webhook: defineWebhooks(sequelize) };
}

/** What the service's modules need to work: the connection pool and the models on it. */
export interface NotifyDatabase {
  sequelize: Sequelize;
  models: ReturnType<typeof defineModels>;
}
