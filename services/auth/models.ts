import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Locale, Person } from '../../lib/contracts.ts';
import { defineSecretModels } from './secret-models.ts';

export interface PersonRow extends Model<InferAttributes<PersonRow>, InferCreationAttributes<PersonRow>> {
  id: string;
  email: string;
  passwordHash: string;
  name: string | null;
  locale: Locale;
  role: Person['role'];
  createdAt: Date;
  emailVerifiedAt: CreationOptional<Date | null>;
  /** Whether logins ask for a code; the factor itself is in a table of its own. */
  secondFactor: CreationOptional<boolean>;
  /** Since when its person is shut out. */
  disabledAt: CreationOptional<Date | null>;
}

/** One login and all that is refreshed from it; its id is that of its family of refresh tokens. */
export interface SessionRow extends Model<InferAttributes<SessionRow>, InferCreationAttributes<SessionRow>> {
  id: string;
  personId: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  accessUntil: Date;
  address: string | null;
  userAgent: string | null;
}

export interface LetterTokenRow extends Model<
  InferAttributes<LetterTokenRow>,
  InferCreationAttributes<LetterTokenRow>
> {
  id: string;
  personId: string;
  purpose: 'verify' | 'reset';
  email: string;
  tokenHash: string;
  createdAt: Date;
  expiresAt: Date;
}

export interface RefreshTokenRow extends Model<
  InferAttributes<RefreshTokenRow>,
  InferCreationAttributes<RefreshTokenRow>
> {
  id: string;
  familyId: string;
  personId: string;
  tokenHash: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt: CreationOptional<Date | null>;
  revokedAt: CreationOptional<Date | null>;
}

const { UUID, TEXT, DATE } = DataTypes;
const id = { type: UUID, primaryKey: true };

/** The tables of the database `auth`; migrations.ts makes them. */
export function defineModels(sequelize: Sequelize) {
  const person = sequelize.define<PersonRow>('people', {
    id,
    email: TEXT,
    passwordHash: TEXT,
    name: TEXT,
    locale: TEXT,
    role: TEXT,
    createdAt: DATE(3),
    emailVerifiedAt: DATE(3),
    secondFactor: DataTypes.BOOLEAN,
    disabledAt: DATE(3),
  });

  const refreshToken = sequelize.define<RefreshTokenRow>('refresh_tokens', {
    id,
    familyId: UUID,
    personId: UUID,
    tokenHash: TEXT,
    createdAt: DATE(3),
    expiresAt: DATE(3),
    usedAt: DATE(3),
    revokedAt: DATE(3),
  });

  const session = sequelize.define<SessionRow>('sessions', {
    id,
    personId: UUID,
    createdAt: DATE(3),
    lastUsedAt: DATE(3),
    expiresAt: DATE(3),
    accessUntil: DATE(3),
    address: TEXT,
    userAgent: TEXT,
  });

  const letterToken = sequelize.define<LetterTokenRow>('letter_tokens', {
    id,
    personId: UUID,
    purpose: TEXT,
    email: TEXT,
    tokenHash: TEXT,
    createdAt: DATE(3),
    expiresAt: DATE(3),
  });

  return { person, refreshToken, session, letterToken, ...defineSecretModels(sequelize) };
}

/** What the service's modules need to work: the connection pool and the models on it. */
export interface AuthDatabase {
  sequelize: Sequelize;
  models: ReturnType<typeof defineModels>;
}
