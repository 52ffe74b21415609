import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { WebhookJson, WebhookKind } from '../../../lib/webhooks.ts';

/** An address that a person wants to be told at. */
export interface Webhook extends Model<InferAttributes<Webhook>, InferCreationAttributes<Webhook>> {
  id: string;
  personId: string;
  url: string;
  kinds: WebhookKind[];
  enabled: CreationOptional<boolean>;
  disabledReason: CreationOptional<WebhookJson['disabledReason']>;
  secret: Buffer;
  previousSecret: CreationOptional<Buffer | null>;
  previousSecretUntil: CreationOptional<Date | null>;
  freeAt: Date;
  failingSince: CreationOptional<Date | null>;
  failures: CreationOptional<number>;
  lastDeliveryAt: CreationOptional<Date | null>;
  createdAt: Date;
}

/** The table of webhooks; migrations.ts makes it. */
export function defineWebhooks(sequelize: Sequelize) {
  const { UUID, TEXT, ARRAY, INTEGER, BLOB, DATE, BOOLEAN } = DataTypes;
  return sequelize.define<Webhook>('webhooks', {
    id: { type: UUID, primaryKey: true },
    personId: UUID,
    url: TEXT,
    kinds: ARRAY(TEXT),
    enabled: BOOLEAN,
    disabledReason: TEXT,
    secret: BLOB,
    previousSecret: BLOB,
    previousSecretUntil: DATE(3),
    freeAt: DATE(3),
    failingSince: DATE(3),
    failures: INTEGER,
    lastDeliveryAt: DATE(3),
    createdAt: DATE(3),
  });
}
