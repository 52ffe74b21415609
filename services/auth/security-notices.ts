import { randomUUID } from 'node:crypto';
import type { Sequelize, Transaction } from 'sequelize';
import type { Origin } from '../../lib/accounts.ts';
import { promiseCall } from '../../lib/durable-calls.ts';
import type { NoticeKind } from '../../lib/notices.ts';

interface SecurityNotice {
  personId: string;
  kind: Extract<NoticeKind, `security.${string}`>;
  at: Date;
  origin?: Origin | undefined;
  /** What it happened to, where that has a name. */
  name?: string;
}

/**
 * Tell a person what happened to their account.
 * @param transaction of the change that the notice tells of
 */
export async function sendSecurityNotice(
  sequelize: Sequelize,
  { personId, kind, at, origin = {}, name }: SecurityNotice,
  transaction: Transaction,
): Promise<void> {
  const { address = null, userAgent = null } = origin;
  const data = { at: at.toISOString(), address, userAgent, name: name ?? null };
  const params = { eventId: randomUUID(), personId, kind, data };
  await promiseCall(sequelize, { action: 'notify.tell', params }, at, transaction);
}
