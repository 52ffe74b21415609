import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createTestDatabase } from '../../test/support/database.ts';
import { createCodeThrottle } from './code-throttle.ts';
import { migrations } from './migrations.ts';

let sequelize: Sequelize;
beforeAll(async () => {
  sequelize = await createTestDatabase(migrations);
});
beforeEach(() => sequelize.query('DELETE FROM login_attempts'));
afterAll(() => sequelize.close());

/** After how many seconds somebody may guess again who has guessed twice, where two are allowed. */
async function pauseAfterTwo(limits: { perQuarter: number; perDay: number }): Promise<number> {
  const throttle = createCodeThrottle(sequelize, limits);
  for (let n = 0; n < 2; n += 1) await throttle.begin('ana');
  const refused = await throttle.begin('ana').catch((error: unknown) => error);
  expect(refused).toMatchObject({ type: 'too_many_requests' });
  await throttle.begin('ben');
  return (refused as { data: { retryAfterSeconds: number } }).data.retryAfterSeconds;
}

test.each([
  ['a quarter of an hour', { perQuarter: 2, perDay: 100 }, 900],
  ['a day', { perQuarter: 100, perDay: 2 }, 86_400],
])('counts wrong codes of %s', async (_, limits, seconds) => {
  const pause = await pauseAfterTwo(limits);
  expect(pause).toBeLessThanOrEqual(seconds);
  expect(pause).toBeGreaterThan(seconds - 300);
});

test('lets nobody guess more than thirty times a day, however patient', async () => {
  const throttle = createCodeThrottle(sequelize);
  for (let quarter = 0; quarter < 6; quarter += 1) {
    for (let n = 0; n < 5; n += 1) await throttle.begin('ana');
    await sequelize.query("DELETE FROM login_attempts WHERE key LIKE 'codes:%'");
  }
  await expect(throttle.begin('ana')).rejects.toMatchObject({ type: 'too_many_requests' });
});
