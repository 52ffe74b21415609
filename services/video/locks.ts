import type { Transaction } from 'sequelize';
import type { VideoDatabase } from './models.ts';

/**
 * Wait until no other transaction holds the lock of this name, and hold it until the transaction ends.
 * @param scope what the lock is about; names of different scopes never meet
 */
export async function lock(
  { sequelize }: VideoDatabase,
  scope: 'idempotency' | 'quotas' | 'source' | 'video',
  name: string,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query('SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))', {
    replacements: { name: `${scope} ${name}` },
    transaction,
  });
}
