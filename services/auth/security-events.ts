import { randomUUID } from 'node:crypto';
import { QueryTypes, type Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { cutPage, readPlace } from '../../lib/page-cursor.ts';
import type { SecurityEventJson } from '../../lib/replies.ts';
import type { AuthDatabase } from './models.ts';

/** What the audit log tells of. */
export type SecurityEventKind =
  | 'registered'
  | 'logged_in'
  | 'login_failed'
  | 'logged_out'
  | 'refresh_token_reused'
  | 'session_ended'
  | 'sessions_ended'
  | 'email_verification_requested'
  | 'email_verified'
  | 'profile_changed'
  | 'password_changed'
  | 'password_reset_requested'
  | 'password_reset'
  | 'second_factor_enabled'
  | 'second_factor_disabled'
  | 'second_factor_failed'
  | 'recovery_code_used'
  | 'recovery_codes_replaced'
  | 'api_key_created'
  | 'api_key_deleted'
  | 'role_changed'
  | 'account_disabled'
  | 'account_enabled'
  | 'export_requested'
  | 'deletion_requested';

/** Something that happened to an account's security. */
export interface SecurityEvent {
  personId: string;
  kind: SecurityEventKind;
  /** When it happened. */
  at: Date;
  /** Where the request came from; absent when no request asked for it. */
  origin?: Origin | undefined;
  /** Names and numbers that tell more; never a secret. */
  details?: Record<string, string | number | boolean | null>;
  /** Count further events of this kind, origin and hour in one entry, as `details.times` and `details.lastAt`. */
  repeats?: boolean;
}

/**
 * Write an entry of the audit log, beside the change that it tells of. Of somebody who leaves in this moment, none.
 * @param transaction of the change; without one (null), the entry stands by itself
 */
export async function recordSecurityEvent(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  { personId, kind, at, origin = {}, details = {}, repeats = false }: SecurityEvent,
  transaction: Transaction | null,
): Promise<void> {
  const { address = null, userAgent = null } = origin;
  const hour = at.toISOString().slice(0, 13);
  await sequelize.query(
    `INSERT INTO security_events AS known (id, person_id, kind, at, address, user_agent, details, repetition_key)
      SELECT CAST(:id AS uuid), p.id, :kind, :at, :address, :userAgent, CAST(:details AS jsonb), :repetitionKey
      FROM people p WHERE p.id = :personId FOR KEY SHARE
      ON CONFLICT (person_id, repetition_key) DO UPDATE SET details = known.details || excluded.details ||
        jsonb_build_object('times', coalesce(CAST(known.details->>'times' AS integer), 1) + 1, 'lastAt', CAST(:lastAt AS text))`,
    {
      replacements: {
        id: randomUUID(),
        personId,
        kind,
        at,
        address,
        userAgent,
        details: JSON.stringify(details),
        repetitionKey: repeats ? JSON.stringify([kind, hour, address, userAgent]) : null,
        lastAt: at.toISOString(),
      },
      transaction,
    },
  );
}

/**
 * A page of a person's audit log, newest first.
 * @param cursor where the last page ended, as its `nextCursor` says
 * @throws ProblemError `validation_failed` when the cursor is none of ours
 */
export async function listSecurityEvents(
  { sequelize }: AuthDatabase,
  { personId, cursor, limit }: { personId: string; cursor?: string | undefined; limit: number },
): Promise<{ items: SecurityEventJson[]; nextCursor: string | null }> {
  const before = readPlace(cursor);
  const rows = await sequelize.query<Omit<SecurityEventJson, 'at'> & { at: Date }>(
    `SELECT id, kind, at, address, user_agent AS "userAgent", details FROM security_events
      WHERE person_id = :personId AND (CAST(:at AS timestamptz) IS NULL OR (at, id) < (:at, CAST(:id AS uuid)))
      ORDER BY at DESC, id DESC LIMIT :wanted`,
    {
      replacements: { personId, at: before?.at ?? null, id: before?.id ?? null, wanted: limit + 1 },
      type: QueryTypes.SELECT,
    },
  );
  const { page, nextCursor } = cutPage(rows, limit, (row) => row);
  return { items: page.map((row) => ({ ...row, at: row.at.toISOString() })), nextCursor };
}

/** How long the audit log reaches back. */
const KEPT_DAYS = 365;
const DAY_MS = 24 * 3600 * 1000;

/** Remove what is older than a year. */
export async function forgetSecurityEvents({ sequelize }: AuthDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
  await sequelize.query('DELETE FROM security_events WHERE at < :before', { replacements: { before } });
}
