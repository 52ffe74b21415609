import DbService from 'moleculer-db';
import SequelizeDbAdapter from 'moleculer-db-adapter-sequelize';
import type { Service, ServiceSchema } from 'moleculer';
import type { ModelStatic, Model, Sequelize } from 'sequelize';
import { createDatabase, migrate, type Migration } from '../lib/database.ts';
import { collectors, metrics } from '../lib/metrics.ts';

/** moleculer-db's own actions would let a caller query and change every column, so each is switched off. */
const noActions = Object.fromEntries(
  ['find', 'count', 'list', 'create', 'insert', 'get', 'update', 'remove'].map((name) => [name, false]),
);

interface DatabaseOptions<Models> {
  /** The service's name, which is also its database's. */
  name: string;
  url: string | undefined;
  /** Defines the Sequelize models on the connection pool. */
  models: (sequelize: Sequelize) => Models;
  migrations: Migration[];
}

/** A service's database: the pool, the models, and the mixin that connects, migrates and disconnects with the service. */
export interface ServiceDatabase<Models> {
  sequelize: Sequelize;
  models: Models;
  mixin: Partial<ServiceSchema>;
}

/**
 * Give a service its own PostgreSQL database.
 *
 * moleculer-db connects (and keeps trying while PostgreSQL is away) and disconnects; queries are the service's own
 * modules' business. The pool lives in the closure because Moleculer deep-clones whatever stands in a schema.
 */
export function database<Models extends Record<string, ModelStatic<Model>>>(
  options: DatabaseOptions<Models>,
): ServiceDatabase<Models> {
  const setting = `${options.name.toUpperCase()}_DATABASE_URL`;
  if (options.url === undefined) {
    throw new Error(`With AMQP_URL set, the service ${options.name} needs ${setting}`);
  }
  const sequelize = createDatabase(options.url, setting);
  const models = options.models(sequelize);
  collectors.add(() => measurePool(options.name, sequelize));
  const mixin: Partial<ServiceSchema> = {
    mixins: [DbService as Partial<ServiceSchema>],
    model: Object.values(models)[0],
    actions: noActions,
    created(this: Service & { adapter?: SequelizeDbAdapter }) {
      this.adapter = new SequelizeDbAdapter(sequelize);
      this.adapter.init(this.broker, this);
    },
    async afterConnected() {
      await migrate(sequelize, options.migrations, this.logger);
    },
  };
  return { sequelize, models, mixin };
}

/** Sequelize's pool, of which its types know nothing. */
interface Pool {
  size: number;
  maxSize: number;
  available: number;
  using: number;
  waiting: number;
}

function measurePool(database: string, sequelize: Sequelize): void {
  const { pool } = sequelize.connectionManager as unknown as { pool: Pool };
  metrics.databasePool.set({ database, state: 'used' }, pool.using);
  metrics.databasePool.set({ database, state: 'idle' }, pool.available);
  metrics.databasePool.set({ database, state: 'waiting' }, pool.waiting);
  metrics.databasePoolMax.set({ database }, pool.maxSize);
}
