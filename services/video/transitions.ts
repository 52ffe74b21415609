import type { Transaction } from 'sequelize';
import type { Status } from '../../lib/contracts.ts';
import { ProblemError } from '../../lib/errors.ts';
import type { Extraction } from './models.ts';

/** The life of an extraction. Nothing else decides whether a status may change, and nothing else changes it. */
const transitions: Record<Status, readonly Status[]> = {
  queued: ['processing', 'canceled', 'failed'],
  // Back to queued when its worker hands it back, fails in a way that may pass, or loses its lease.
  processing: ['queued', 'completed', 'failed', 'canceled'],
  completed: ['expired'],
  failed: [],
  canceled: [],
  expired: [],
};

/** The states from which nothing moves by itself: a new extraction may be asked for. */
export const finalStatuses = ['completed', 'failed', 'canceled', 'expired'] as const satisfies Status[];

/** Whether the table above allows a change of status. */
export const canMove = (from: Status, to: Status): boolean => transitions[from].includes(to);

type Changes = Parameters<Extraction['update']>[0];

/**
 * Change the status of an extraction that the transaction has locked.
 * @param extraction the locked row
 * @param to the new status
 * @param changes other columns that change with it
 * @throws ProblemError `invalid_state` when the table above doesn't allow it
 */
export async function moveTo(
  extraction: Extraction,
  to: Status,
  changes: Changes,
  transaction: Transaction,
): Promise<void> {
  const from = extraction.status;
  if (!canMove(from, to)) {
    throw new ProblemError('invalid_state', { detail: `The extraction is ${from}; it cannot become ${to}` });
  }
  const left = from === 'processing' ? { leaseUntil: null, worker: null } : {};
  await extraction.update({ ...left, ...changes, status: to }, { transaction });
}
