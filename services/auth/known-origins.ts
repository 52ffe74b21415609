import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { digest } from '../../lib/digest.ts';
import type { AuthDatabase } from './models.ts';
import { browserOf, networkOf } from '../../lib/networks.ts';

/** A network or browser that an account was not used from for this long is unknown again. */
const REMEMBERED_DAYS = 180;
const DAY_MS = 24 * 3600 * 1000;

const networkHash = (address: string) => digest('network', networkOf(address));
const browserHash = (userAgent: string) => digest('browser', browserOf(userAgent));

function hashesOf({ address, userAgent }: Origin): string[] {
  return [
    ...(address === undefined ? [] : [networkHash(address)]),
    ...(userAgent === undefined ? [] : [browserHash(userAgent)]),
  ];
}

/**
 * Remember where a person has shown who they are.
 * @param transaction of the login; it has locked the person
 * @returns whether the network or the browser is one that the account was never used from, although it was used before
 */
export async function rememberOrigin(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  personId: string,
  origin: Origin,
  now: Date,
  transaction: Transaction,
): Promise<boolean> {
  const hashes = hashesOf(origin).sort();
  if (hashes.length === 0) return false;
  const [before] = await sequelize.query<{ all: number; these: number }>(
    `SELECT CAST(count(*) AS integer) AS "all",
        CAST(count(*) FILTER (WHERE origin_hash IN (:hashes)) AS integer) AS "these"
      FROM known_origins WHERE person_id = :personId`,
    { replacements: { personId, hashes }, type: QueryTypes.SELECT, transaction },
  );
  for (const hash of hashes) {
    await sequelize.query(
      `INSERT INTO known_origins (person_id, origin_hash, last_seen_at) VALUES (:personId, :hash, :now)
        ON CONFLICT (person_id, origin_hash) DO UPDATE SET last_seen_at = :now`,
      { replacements: { personId, hash, now }, transaction },
    );
  }
  return before !== undefined && before.all > 0 && before.these < hashes.length;
}

/** Whether the account of an e-mail address, if there is one, was used from the network of this address before. */
export async function isKnownNetwork(sequelize: Sequelize, email: string, address: string): Promise<boolean> {
  const rows = await sequelize.query(
    `SELECT 1 FROM known_origins JOIN people ON people.id = person_id
      WHERE lower(email) = :email AND origin_hash = :hash`,
    { replacements: { email: email.toLowerCase(), hash: networkHash(address) }, type: QueryTypes.SELECT },
  );
  return rows.length > 0;
}

/** Forget origins that were not used for half a year. */
export async function forgetOrigins({ sequelize }: AuthDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REMEMBERED_DAYS * DAY_MS);
  await sequelize.query('DELETE FROM known_origins WHERE last_seen_at < :before', {
    replacements: { before },
  });
}
