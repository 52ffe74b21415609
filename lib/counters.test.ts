import { expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { emptyDatabaseUrl } from '../test/support/database.ts';
import { charge, countersMigration, createCounter, perNetwork, removeExpiredCounters } from './counters.ts';
import { createDatabase, migrate } from './database.ts';
import { silentLogger } from './logger.ts';
import { metrics } from './metrics.ts';

test('replicas count a network together, the metric tells what was refused, and what is over goes', async () => {
  const url = await emptyDatabaseUrl();
  const replicas = [createDatabase(url), createDatabase(url)] as const;
  const [database] = replicas;
  try {
    await migrate(database, [countersMigration('001-counters')], silentLogger);
    const limitOf = (sequelize: Sequelize) => perNetwork(createCounter(sequelize, 'uploads-from', 5, 60));
    const [one, other] = [limitOf(database), limitOf(replicas[1])];
    const tries = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one : other)(`2001:db8::${n}`));
    const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
    await expect(one('2001:db8:1::1')).resolves.toBeUndefined();
    await expect(one(undefined)).resolves.toBeUndefined();
    const { values } = await metrics.abuse.get();
    expect(values.find(({ labels }) => labels.limit === 'uploads-from')?.value).toBe(7);

    await removeExpiredCounters(database, new Date());
    await expect(other('2001:db8::1')).rejects.toMatchObject({ type: 'too_many_requests' });
    await removeExpiredCounters(database, new Date(Date.now() + 61_000));
    await expect(other('2001:db8::1')).resolves.toBeUndefined();
    await expect(charge(createCounter(database, 'codes', 1, 60), 'k')).resolves.toBeUndefined();
  } finally {
    await Promise.all(replicas.map((sequelize) => sequelize.close()));
  }
});
