import { Op, QueryTypes, type Transaction } from 'sequelize';
import type { AuthDatabase } from './models.ts';

/**
 * Gateways ask again for what ended up to this long before their last question: a transaction that was under way then
 * has committed since.
 */
const OVERLAP_SECONDS = 60;
/** Clocks of gateways may be late. */
const SLACK_MS = 60_000;

/** Which sessions of a person to end: one, all but one, or all. */
export type Which = { only: string } | { except: string | null } | 'all';

/**
 * End sessions: their refresh tokens are gone with this transaction, their access tokens are refused by every gateway
 * a moment later. Expired sessions are left alone: they are being removed, perhaps in this moment and in another order.
 * @param transaction has locked the person, so that no session or token of theirs is made next to it
 * @returns how many sessions have ended
 */
export async function endSessions(
  { sequelize, models }: AuthDatabase,
  personId: string,
  which: Which,
  now: Date,
  transaction: Transaction,
): Promise<number> {
  const alive = { personId, expiresAt: { [Op.gt]: now } };
  const id = whichIds(which);
  await models.refreshToken.destroy({ where: { ...alive, familyId: id }, transaction });
  const ended = await models.session.findAll({ where: { ...alive, id }, transaction });
  for (const session of ended) {
    await sequelize.query(
      `INSERT INTO ended_sessions (id, ended_at, access_until) VALUES (:id, clock_timestamp(), :accessUntil)
        ON CONFLICT DO NOTHING`,
      { replacements: { id: session.id, accessUntil: session.accessUntil }, transaction },
    );
  }
  await models.session.destroy({ where: { id: ended.map((session) => session.id) }, transaction });
  return ended.length;
}

function whichIds(which: Which) {
  if (which === 'all') return { [Op.not]: null };
  return 'only' in which ? { [Op.eq]: which.only } : { [Op.not]: which.except };
}

/** What gateways must refuse: sessions whose access tokens could still be taken for valid until the given time. */
export interface EndedSessions {
  sessions: { id: string; until: string }[];
  /** What to ask with next. */
  next: string;
}

/**
 * The sessions that have ended and whose access tokens have not expired by themselves yet. Times are the database's,
 * the same for every replica.
 * @param since the `next` of the answer before; without it, all of them
 */
export async function endedSessions(
  { sequelize }: AuthDatabase,
  since: string | undefined,
): Promise<EndedSessions> {
  const rows = await sequelize.query<{ id: string | null; until: Date | null; next: Date }>(
    `SELECT ended.id, ended.access_until AS until,
        clock.now - make_interval(secs => ${OVERLAP_SECONDS}) AS next
      FROM (SELECT clock_timestamp() AS now) AS clock
      LEFT JOIN ended_sessions AS ended
        ON ended.access_until > clock.now AND ended.ended_at >= CAST(:since AS timestamptz)`,
    { replacements: { since: since ?? '-infinity' }, type: QueryTypes.SELECT },
  );
  const sessions = rows.flatMap(({ id, until }) =>
    id !== null && until !== null ? [{ id, until: until.toISOString() }] : [],
  );
  return { sessions, next: (rows[0]?.next ?? new Date(0)).toISOString() };
}

/** Remove what needs no refusing any more. */
export async function forgetEndedSessions({ sequelize }: AuthDatabase, now: Date): Promise<void> {
  await sequelize.query('DELETE FROM ended_sessions WHERE access_until < :before', {
    replacements: { before: new Date(now.getTime() - SLACK_MS) },
  });
}
