import { afterEach, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { emptyDatabaseUrl } from '../test/support/database.ts';
import { createDatabase, migrate } from './database.ts';
import { silentLogger } from './logger.ts';

describe('migrate', () => {
  const open: Sequelize[] = [];
  const connect = (url: string) => {
    const sequelize = createDatabase(url);
    open.push(sequelize);
    return sequelize;
  };
  afterEach(() => Promise.all(open.splice(0).map((sequelize) => sequelize.close())));

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
