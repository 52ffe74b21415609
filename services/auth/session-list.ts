import { Op } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { SessionJson } from '../../lib/replies.ts';
import type { AuthDatabase, SessionRow } from './models.ts';
import { lockPerson } from './people.ts';
import { recordSecurityEvent } from './security-events.ts';
import { sendSecurityNotice } from './security-notices.ts';
import { endSessions } from './session-endings.ts';

/** A person, and the session that their request belongs to. */
interface Asker {
  personId: string;
  sessionId: string | null;
  origin?: Origin | undefined;
}

/** A person's sessions, the one used last first. */
export async function listSessions(
  { models }: AuthDatabase,
  { personId, sessionId }: Asker,
  now: Date,
): Promise<{ items: SessionJson[] }> {
  const rows = await models.session.findAll({
    where: { personId, expiresAt: { [Op.gt]: now } },
    order: [
      ['lastUsedAt', 'DESC'],
      ['id', 'DESC'],
    ],
  });
  return { items: rows.map((row) => show(row, sessionId)) };
}

function show(row: SessionRow, current: string | null): SessionJson {
  const { id, createdAt, lastUsedAt, expiresAt, userAgent, address } = row;
  return {
    id,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    userAgent,
    address,
    current: id === current,
  };
}

/**
 * End one of a person's sessions.
 * @throws ProblemError `not_found` when it is not theirs, or has ended
 */
export async function endSession(
  db: AuthDatabase,
  { personId, origin }: Asker,
  id: string,
  at: Date,
): Promise<void> {
  const ended = await db.sequelize.transaction(async (transaction) => {
    await lockPerson(db, personId, transaction);
    const count = await endSessions(db, personId, { only: id }, at, transaction);
    if (count > 0) {
      await recordSecurityEvent(db, { personId, kind: 'session_ended', at, origin }, transaction);
    }
    return count;
  });
  if (ended === 0) throw new ProblemError('not_found');
}

/** End all of a person's sessions but the one they ask in. */
export async function endOtherSessions(
  db: AuthDatabase,
  { personId, sessionId, origin }: Asker,
  at: Date,
): Promise<void> {
  await db.sequelize.transaction(async (transaction) => {
    await lockPerson(db, personId, transaction);
    const count = await endSessions(db, personId, { except: sessionId }, at, transaction);
    if (count === 0) return;
    const event = { personId, kind: 'sessions_ended', at, origin, details: { count } } as const;
    await recordSecurityEvent(db, event, transaction);
    const notice = { personId, kind: 'security.sessions_ended', at, origin } as const;
    await sendSecurityNotice(db.sequelize, notice, transaction);
  });
}
