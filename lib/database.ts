import pg from 'pg';
import { ConnectionError, DatabaseError, Sequelize } from 'sequelize';
import { SequelizeStorage, Umzug, type MigrationParams } from 'umzug';
import { parse as parseUrl } from 'pg-connection-string';
import type { Logger } from './logger.ts';
import { explainTls } from './tls-fault.ts';

/** A migration: plain SQL, applied once, in the order of the names. */
export interface Migration {
  name: string;
  sql: string;
}

/** As Sequelize uses it. */
type Connect = (done: (error: unknown) => void) => void;

/**
 * Sequelize listens for a connection's errors only a moment after it was made. A server that goes down in that moment
 * would end this process; the connection's next query tells just as well that it is dead. And what is wrong with TLS is
 * told by its setting.
 * @param setting that says where the database is
 */
function driverFor(setting: string): object {
  class Client extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.on('error', () => undefined);
      const connect = this.connect.bind(this) as Connect;
      const explained: Connect = (done) => connect((error) => done(explainTls(error, setting)));
      this.connect = explained as pg.Client['connect'];
    }
  }
  return Object.create(pg, { Client: { value: Client } }) as object;
}

/**
 * A pool of connections to one PostgreSQL database. Nothing is opened before the first query.
 * @param url `postgres://user:password@host:port/database`, or `?host=/folder` for a Unix socket
 * @param setting that the URL comes from, for errors
 */
export function createDatabase(url: string, setting = '…_DATABASE_URL'): Sequelize {
  const { host, port, user, password, database, ssl } = parseUrl(url);
  return new Sequelize({
    dialect: 'postgres',
    dialectModule: driverFor(setting),
    database: database ?? '',
    ...(host ? { host } : {}),
    ...(port ? { port: Number(port) } : {}),
    ...(user ? { username: user } : {}),
    ...(password ? { password } : {}),
    pool: { max: 10, min: 0, acquire: 30_000, idle: 10_000 },
    dialectOptions: { ssl, application_name: 'video-system', statement_timeout: 60_000, keepAlive: true },
    define: { underscored: true, timestamps: false, freezeTableName: true },
    logging: false,
  });
}

/** Any number that only migrations use; it makes replicas that start at once wait for each other. */
const MIGRATION_LOCK = 4_815_162;

/**
 * Bring a database up to date. Replicas may all do this at once: an advisory lock lets one at a time through.
 * @param sequelize the database
 * @param migrations every migration there is, oldest first
 */
export async function migrate(sequelize: Sequelize, migrations: Migration[], logger: Logger): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    await sequelize.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`, { transaction });
    const umzug = new Umzug({
      context: sequelize,
      storage: new SequelizeStorage({ sequelize, tableName: 'migrations' }),
      logger: undefined,
      migrations: migrations.map(({ name, sql }) => ({
        name,
        up: async ({ context }: MigrationParams<Sequelize>) => {
          await context.transaction((inner) => context.query(sql, { transaction: inner }));
          logger.info(`Migration ${name} applied`);
        },
      })),
    });
    await umzug.up();
  });
}

/**
 * SQLSTATE classes: connection exceptions, operator intervention (a restart), insufficient resources; and what sockets
 * say, whose words for EPIPE differ by the moment.
 */
const PASSING = /^(08|57P|53)|^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/;

/**
 * Whether a query failed because PostgreSQL is away or restarting, and not because of the query.
 * @param error anything that was caught
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  const original: unknown = error instanceof DatabaseError ? error.original : error;
  if (!(original instanceof Error)) return false;
  const { code, message } = original as Error & { code?: string };
  return PASSING.test(code ?? '') || /connection terminated|not queryable/i.test(message);
}
