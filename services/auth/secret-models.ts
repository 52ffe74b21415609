import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

export interface SecondFactorRow extends Model<
  InferAttributes<SecondFactorRow>,
  InferCreationAttributes<SecondFactorRow>
> {
  personId: string;
  /** Encrypted. */
  secret: string;
  createdAt: Date;
  confirmedAt: CreationOptional<Date | null>;
  /** The time step of the last code that was taken; bigint columns arrive as strings. */
  lastStep: CreationOptional<number | string | null>;
}

export interface RecoveryCodeRow extends Model<
  InferAttributes<RecoveryCodeRow>,
  InferCreationAttributes<RecoveryCodeRow>
> {
  personId: string;
  codeHash: string;
}

export interface ApiKeyRow extends Model<InferAttributes<ApiKeyRow>, InferCreationAttributes<ApiKeyRow>> {
  id: string;
  personId: string;
  name: string;
  scope: 'read' | 'write';
  secretSha256: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: CreationOptional<Date | null>;
}

export interface ExportRow extends Model<InferAttributes<ExportRow>, InferCreationAttributes<ExportRow>> {
  id: string;
  personId: string;
  secretSha256: string;
  createdAt: Date;
  expiresAt: Date;
  usedBy: CreationOptional<string | null>;
}

const { UUID, TEXT, DATE, BIGINT } = DataTypes;
const secretSha256 = { type: TEXT, field: 'secret_sha256' };

/** The tables of what lets somebody in beside a password. */
export function defineSecretModels(sequelize: Sequelize) {
  const secondFactor = sequelize.define<SecondFactorRow>('second_factors', {
    personId: { type: UUID, primaryKey: true },
    secret: TEXT,
    createdAt: DATE(3),
    confirmedAt: DATE(3),
    lastStep: BIGINT,
  });

  const recoveryCode = sequelize.define<RecoveryCodeRow>('recovery_codes', {
    personId: { type: UUID, primaryKey: true },
    codeHash: { type: TEXT, primaryKey: true },
  });

  const apiKey = sequelize.define<ApiKeyRow>('api_keys', {
    id: { type: UUID, primaryKey: true },
    personId: UUID,
    name: TEXT,
    scope: TEXT,
    secretSha256,
    createdAt: DATE(3),
    expiresAt: DATE(3),
    lastUsedAt: DATE(3),
  });

  const exportLink = sequelize.define<ExportRow>('exports', {
    id: { type: UUID, primaryKey: true },
    personId: UUID,
    secretSha256,
    createdAt: DATE(3),
    expiresAt: DATE(3),
    usedBy: TEXT,
  });

  return { secondFactor, recoveryCode, apiKey, exportLink };
}
