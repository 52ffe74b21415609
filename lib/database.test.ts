import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { emptyDatabaseUrl } from '../test/support/database.ts';
import { createDatabase, isDatabaseAway, migrate } from './database.ts';
import { silentLogger } from './logger.ts';

const open: Sequelize[] = [];
const connect = (url: string) => {
  const sequelize = createDatabase(url);
  open.push(sequelize);
  return sequelize;
};
afterEach(() => Promise.all(open.splice(0).map((sequelize) => sequelize.close())));

describe('migrate', () => {
  test('ten replicas that start at once apply each migration once', async () => {
    const url = await emptyDatabaseUrl();
    const migrations = [{ name: '001-things', sql: 'CREATE TABLE things (id int)' }];
    await Promise.all(Array.from({ length: 10 }, () => migrate(connect(url), migrations, silentLogger)));
    const [rows] = await connect(url).query('SELECT name FROM migrations');
    expect(rows).toEqual([{ name: '001-things' }]);
  });

  test('a migration that fails leaves nothing of itself', async () => {
    const sequelize = connect(await emptyDatabaseUrl());
    const faulty = [{ name: '001-faulty', sql: 'CREATE TABLE halves (id int); SELECT no_such_function()' }];
    await expect(migrate(sequelize, faulty, silentLogger)).rejects.toThrow('no_such_function');
    const [rows] = await sequelize.query("SELECT to_regclass('halves') AS found");
    expect(rows).toEqual([{ found: null }]);
  });
});

describe('a connection that the server ends', () => {
  const failure = (query: Promise<unknown>) =>
    query.then(
      () => undefined,
      (error: unknown) => error,
    );

  /** End the connection of a transaction, as a restart of PostgreSQL does. */
  async function terminate(database: Sequelize, transaction: Transaction): Promise<void> {
    const [row] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid', {
      type: QueryTypes.SELECT,
      transaction,
    });
    await database.query('SELECT pg_terminate_backend(:pid, 10000)', { replacements: { pid: row?.pid } });
  }

  test('counts as a database that is away, for this query and the next; then the pool has recovered', async () => {
    const database = connect(await emptyDatabaseUrl());
    const transaction = await database.transaction();
    await terminate(database, transaction);
    const first = await failure(database.query('SELECT 1', { transaction }));
    const second = await failure(database.query('SELECT 1', { transaction }));
    const last = await failure(transaction.commit());
    expect([first, second, last].map(isDatabaseAway)).toEqual([true, true, true]);
    expect(await database.query('SELECT 1 AS one', { type: QueryTypes.SELECT })).toEqual([{ one: 1 }]);
  });

  test('counts as one also when it ends in the moment that it is made', async () => {
    // AuthenticationOk, ReadyForQuery and ErrorResponse (PostgreSQL, "Message Formats"), in one packet.
    const error = 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
    const answer = Buffer.concat([
      Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05IE\0\0\0'),
      Buffer.from([error.length + 4]),
      Buffer.from(error),
    ]);
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const database = connect(`postgres://someone@127.0.0.1:${port}/any`);
    expect(isDatabaseAway(await failure(database.query('SELECT 1')))).toBe(true);
    server.close();
  });

  test('a query that is wrong does not count as one', async () => {
    const database = connect(await emptyDatabaseUrl());
    expect(isDatabaseAway(await failure(database.query('SELECT no_such_column')))).toBe(false);
    expect(isDatabaseAway(new Error('something else'))).toBe(false);
  });
});
