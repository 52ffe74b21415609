import { QueryTypes } from 'sequelize';
import type { z } from 'zod';
import type { peopleQuery } from '../../../lib/administration/requests.ts';
import type { PeoplePage, PersonRecord } from '../../../lib/administration/replies.ts';
import { ProblemError } from '../../../lib/errors.ts';
import { cutPage, readPlace } from '../../../lib/page-cursor.ts';
import type { AuthDatabase } from '../models.ts';

type Row = Omit<PersonRecord, 'createdAt' | 'disabledAt' | 'lastUsedAt' | 'sessions' | 'apiKeys'> & {
  createdAt: Date;
  disabledAt: Date | null;
  lastUsedAt: Date | null;
  sessions: string;
  apiKeys: string;
};

const SELECT = `
  SELECT p.id, p.email, p.name, p.locale, p.role, p.email_verified_at IS NOT NULL AS "emailVerified",
    p.second_factor AS "secondFactor", p.created_at AS "createdAt", p.disabled_at AS "disabledAt",
    (SELECT count(*) FROM sessions s WHERE s.person_id = p.id AND s.expires_at > :now) AS sessions,
    (SELECT max(last_used_at) FROM sessions s WHERE s.person_id = p.id) AS "lastUsedAt",
    (SELECT count(*) FROM api_keys k WHERE k.person_id = p.id AND coalesce(k.expires_at > :now, true)) AS "apiKeys"
  FROM people p`;

const LIST = `${SELECT}
  WHERE (CAST(:pattern AS text) IS NULL OR lower(p.email) LIKE :pattern OR lower(p.name) LIKE :pattern)
    AND (CAST(:role AS text) IS NULL OR p.role = :role)
    AND (CAST(:disabled AS boolean) IS NULL OR (p.disabled_at IS NOT NULL) = :disabled)
    AND (CAST(:createdAt AS timestamptz) IS NULL OR (p.created_at, p.id) < (:createdAt, CAST(:id AS uuid)))
  ORDER BY p.created_at DESC, p.id DESC LIMIT :wanted`;

/**
 * One page of people, newest first; `nextCursor` is null on the last one.
 * @throws ProblemError `validation_failed` for a cursor that was not ours
 */
export async function listPeople(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  { search, role, disabled, limit, cursor }: z.output<typeof peopleQuery>,
  now: Date,
): Promise<PeoplePage> {
  const before = readPlace(cursor);
  const rows = await sequelize.query<Row>(LIST, {
    replacements: {
      ...{
        now,
        createdAt: before?.at ?? null,
        id: before?.id ?? null,
        role: role ?? null,
        disabled: disabled ?? null,
        wanted: limit + 1,
      },
      pattern: search ? `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null,
    },
    type: QueryTypes.SELECT,
  });
  const { page, nextCursor } = cutPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  return { items: page.map(show), nextCursor };
}

/**
 * @param reference an id or an e-mail address, in whatever case
 * @throws ProblemError `not_found`
 */
export async function readPerson(
  { sequelize }: Pick<AuthDatabase, 'sequelize'>,
  reference: { personId?: string | undefined; email?: string | undefined },
  now: Date,
): Promise<PersonRecord> {
  const [row] = await sequelize.query<Row>(
    `${SELECT} WHERE p.id = CAST(:id AS uuid) OR lower(p.email) = :email`,
    {
      replacements: {
        ...{ now, id: reference.personId ?? null },
        email: reference.personId === undefined ? (reference.email?.toLowerCase() ?? null) : null,
      },
      type: QueryTypes.SELECT,
    },
  );
  if (!row) throw new ProblemError('not_found');
  return show(row);
}

const show = (row: Row): PersonRecord => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  disabledAt: row.disabledAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  sessions: Number(row.sessions),
  apiKeys: Number(row.apiKeys),
});
