import { randomBytes } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import type { NotifyDatabase } from './models.ts';

/** Reads the secret that the tokens in mails are signed with. */
export type SecretReader = () => Promise<Buffer>;

/**
 * A secret of this system that outlives restarts and is the same for every replica: whoever needs it first makes it.
 * Links in mails work for as long as the database stays.
 * @returns reads it once, and again after a failure
 */
export function createSecretReader({ sequelize }: NotifyDatabase, name: string): SecretReader {
  let known: Buffer | undefined;
  return async () => {
    if (known) return known;
    await sequelize.query('INSERT INTO secrets (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING', {
      replacements: { name, value: randomBytes(32) },
    });
    const [row] = await sequelize.query<{ value: Buffer }>('SELECT value FROM secrets WHERE name = :name', {
      replacements: { name },
      type: QueryTypes.SELECT,
    });
    if (!row) throw new Error('A secret that was just made is gone');
    return (known = row.value);
  };
}
