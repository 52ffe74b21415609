import { expect, test } from '@jest/globals';
import { metrics } from '../../lib/metrics.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { createLetterThrottle } from './letter-throttle.ts';
import { migrations } from './migrations.ts';

test('an address gets so many letters of a kind in an hour, and in a day', async () => {
  const sequelize = await createTestDatabase(migrations);
  try {
    const hours = Array.from({ length: 5 }, () => createLetterThrottle(sequelize, { perRecipient: 1000 }));
    const tries = hours.flatMap((one) =>
      ['Ana@example.com', 'ana@EXAMPLE.com', 'ana@example.com'].map((address) =>
        one.allows('reset', address),
      ),
    );
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(10);
    const { values } = await metrics.abuse.get();
    expect(values.find(({ labels }) => labels.limit === 'letters-of-day')?.value).toBe(5);

    const usual = createLetterThrottle(sequelize);
    for (const isAllowed of [true, true, true, false]) {
      expect(await usual.allows('verify', 'ana@example.com')).toBe(isAllowed);
    }
  } finally {
    await sequelize.close();
  }
});
