import { randomUUID } from 'node:crypto';
import { Op } from 'sequelize';
import { z } from 'zod';
import { origin } from '../../lib/accounts.ts';
import { sha256Schema } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import { querySection, readExportPage, tableSections, type ExportPage } from '../../lib/person-export.ts';
import { passwordOnly } from '../../lib/security.ts';
import type { AuthDatabase } from './models.ts';
import { insistOnPassword, lockOwner, type OwnerNeeds } from './owner.ts';
import { recordSecurityEvent } from './security-events.ts';

/** Links by which people get everything that is held of them, once. Only the SHA-256 of a link's secret is known here. */

const LIFE_MS = 10 * 60_000;
/** How long a link that has expired is told from one that never was. */
const REMEMBERED_MS = 24 * 3600 * 1000;

export const requestExportSchema = passwordOnly.extend({
  personId: z.uuid(),
  secretSha256: sha256Schema,
  origin: origin.optional(),
});
export const openExportSchema = z.strictObject({ secretSha256: sha256Schema });

/**
 * Make a link to everything that is held of a person. Asked again with the same secret, it is the same link.
 * @returns when the link ends, ISO 8601
 * @throws ProblemError `invalid_credentials`, `too_many_requests`; `unauthorized` when the person is gone
 */
export async function requestExport(
  needs: OwnerNeeds,
  { secretSha256, ...owner }: z.output<typeof requestExportSchema>,
  now: Date,
): Promise<{ expiresAt: string }> {
  const { db } = needs;
  const { personId } = owner;
  const checked = await insistOnPassword(needs, owner);
  const expiresAt = new Date(now.getTime() + LIFE_MS);
  await db.sequelize.transaction(async (transaction) => {
    await lockOwner(db, checked, transaction);
    if (await db.models.exportLink.findOne({ where: { secretSha256 }, transaction })) return;
    const link = { id: randomUUID(), personId, secretSha256, createdAt: now, expiresAt };
    await db.models.exportLink.create(link, { transaction });
    const event = { personId, kind: 'export_requested', at: now, origin: owner.origin } as const;
    await recordSecurityEvent(db, event, transaction);
  });
  return { expiresAt: expiresAt.toISOString() };
}

/**
 * Use a link up.
 * @param requestId of the request that follows it; delivered again, it may do so again
 * @returns whose link it is
 * @throws ProblemError `not_found` when it is unknown or was used; `expired`
 */
export async function openExport(
  { models }: AuthDatabase,
  { secretSha256 }: z.output<typeof openExportSchema>,
  now: Date,
  requestId: string,
): Promise<{ personId: string }> {
  const unused = { secretSha256, usedBy: { [Op.or]: [null, requestId] } };
  const link = await models.exportLink.findOne({ where: unused });
  if (!link) throw new ProblemError('not_found', { detail: 'This link was used, or never was' });
  if (link.expiresAt <= now) throw new ProblemError('expired');
  const [used] = await models.exportLink.update({ usedBy: requestId }, { where: unused });
  if (used === 0) throw new ProblemError('not_found', { detail: 'This link was used, or never was' });
  return { personId: link.personId };
}

/** Remove links that expired long ago. */
export async function forgetExports({ models }: AuthDatabase, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REMEMBERED_MS);
  await models.exportLink.destroy({ where: { expiresAt: { [Op.lt]: before } } });
}

/** A page of what is held of a person here. */
export async function exportPerson(
  { sequelize }: AuthDatabase,
  query: { personId: string; cursor?: string | undefined },
): Promise<ExportPage> {
  const account = querySection(
    sequelize,
    'account',
    'SELECT CAST(id AS text) AS key, to_jsonb(t) AS item FROM people AS t WHERE id = :personId',
  );
  const hashesOnly = ['refresh_tokens', 'recovery_codes'];
  return readExportPage([account, ...(await tableSections(sequelize, hashesOnly))], query);
}
