import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { TemplateName } from './templates/index.ts';

/** One message to one recipient about one event. Its id is the mail's id, too. */
export interface Notification extends Model<
  InferAttributes<Notification>,
  InferCreationAttributes<Notification>
> {
  id: string;
  eventId: string;
  channel: 'email';
  personId: string | null;
  recipient: string | null;
  template: TemplateName;
  /** What the template's schema says. */
  payload: object;
  status: CreationOptional<'pending' | 'sent' | 'failed'>;
  attempts: CreationOptional<number>;
  nextAttemptAt: Date;
  lastError: CreationOptional<string | null>;
  createdAt: Date;
  sentAt: CreationOptional<Date | null>;
}

/** The table of the database `notify`; migrations.ts makes it. */
export function defineModels(sequelize: Sequelize) {
  const { UUID, TEXT, INTEGER, JSONB, DATE } = DataTypes;
  const notification = sequelize.define<Notification>('notifications', {
    id: { type: UUID, primaryKey: true },
    eventId: UUID,
    channel: TEXT,
    personId: UUID,
    recipient: TEXT,
    template: TEXT,
    payload: JSONB,
    status: TEXT,
    attempts: INTEGER,
    nextAttemptAt: DATE(3),
    lastError: TEXT,
    createdAt: DATE(3),
    sentAt: DATE(3),
  });
  return { notification };
}

/** What the service's modules need to work: the connection pool and the models on it. */
export interface NotifyDatabase {
  sequelize: Sequelize;
  models: ReturnType<typeof defineModels>;
}
