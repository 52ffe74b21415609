import { randomUUID } from 'node:crypto';
import type { Sequelize, Transaction } from 'sequelize';
import { z } from 'zod';
import { promiseCall } from '../durable-calls.ts';

/** Who does something to the system or to other people: a person's id, or where an operator sits. */
export const actorSchema = z.string().min(1).max(200);

/** What an administrator can do; each of these stands in the audit log. */
const deedSchema = z.enum([
  'job_requeued',
  'job_canceled',
  'retention_run',
  'quotas_set',
  'quotas_cleared',
  'dead_letters_requeued',
  'dead_letters_purged',
  'node_drained',
  'node_resumed',
  'role_changed',
  'person_disabled',
  'person_enabled',
  'sessions_ended',
]);

/** An entry of the audit log of administration. */
export const deedEntrySchema = z.strictObject({
  id: z.uuid(),
  /** ISO 8601. */
  at: z.iso.datetime(),
  by: actorSchema,
  deed: deedSchema,
  /** The person whom it is about, if it is about one. */
  about: z.uuid().nullable(),
  /** Ids, names and numbers that tell more; never a secret, and nothing that names a person. */
  details: z.record(z.string(), z.union([z.string().max(1000), z.number(), z.boolean(), z.null()])),
});
export type DeedEntry = z.output<typeof deedEntrySchema>;
export type Deed = Omit<DeedEntry, 'id' | 'at'>;

/** @returns the entry that tells of a deed, with an id by which it is noted once */
export const entryOf = (deed: Deed, now: Date): DeedEntry => ({
  ...deed,
  id: randomUUID(),
  at: now.toISOString(),
});

/**
 * Have a deed written into the audit log, which `auth` keeps.
 * @param transaction of the deed, so that there is never one without the other
 */
export async function noteDeed(
  sequelize: Sequelize,
  deed: Deed,
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const params = entryOf(deed, now);
  await promiseCall(sequelize, { action: 'auth.noteDeed', params }, now, transaction);
}
