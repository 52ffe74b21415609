import { QueryTypes, type Transaction } from 'sequelize';
import type { Logger } from '../../lib/logger.ts';
import { expiryOf, type Retention } from './expiry.ts';
import type { VideoDatabase } from './models.ts';
import { rules, type BatchRow, type DueRow, type Going, type Rule } from './retention-rules.ts';

export interface RetentionOptions {
  retention: Retention;
  dryRun: boolean;
  now: Date;
}

/**
 * Whatever is past its expiry goes, batch by batch, each in a transaction. Objects are doomed: the sweep deletes them
 * when the decision is durable, and once more after a crash. Several replicas may do this at once.
 * @returns what goes, while it goes; in a dry run what would go, and nothing is locked or changed
 */
export async function* retain(db: VideoDatabase, options: RetentionOptions): AsyncGenerator<Going> {
  for (const rule of rules) yield* follow(db, rule, options);
}

const BATCH = 100;

async function* follow(db: VideoDatabase, rule: Rule, options: RetentionOptions): AsyncGenerator<Going> {
  let after = '';
  for (;;) {
    const { last, due } = await db.sequelize.transaction((transaction) =>
      takeBatch(db, rule, { ...options, after }, transaction),
    );
    for (const row of due) yield describe(row, rule.reason);
    if (last === undefined) return;
    after = last;
  }
}

async function takeBatch(
  db: VideoDatabase,
  rule: Rule,
  { retention, dryRun, now, after }: RetentionOptions & { after: string },
  transaction: Transaction,
): Promise<{ last: string | undefined; due: DueRow[] }> {
  const select = <Row extends object>(sql: string, more: object) => {
    const replacements = { now, longAgo: expiryOf(-retention.archiveDays, now), ...more };
    return db.sequelize.query<Row>(sql, { replacements, type: QueryTypes.SELECT, transaction });
  };
  const batch = await select<BatchRow>(`${rule.batch} ${dryRun ? '' : rule.lock}`, { after, limit: BATCH });
  const last = batch.at(-1)?.cursor;
  if (last === undefined) return { last, due: [] };
  if (!dryRun) await rule.prepare?.(db, batch, transaction);
  const due = await select<DueRow>(rule.due, { ids: batch.map(({ id }) => id) });
  if (!dryRun && due.length > 0) await rule.carryOut(db, due, now, transaction);
  return { last, due };
}

const describe = ({ what, id, key, size, expiredAt }: DueRow, reason: string): Going => ({
  ...{ what, id, key, reason },
  expiredAt: expiredAt?.toISOString() ?? null,
  size: size === null ? null : Number(size),
});

/**
 * Write down what goes: in a dry run for people to read, else for those who look for it.
 * @returns how many things went, or would go
 */
export async function tell(going: AsyncIterable<Going>, dryRun: boolean, logger: Logger): Promise<number> {
  let count = 0;
  let bytes = 0;
  for await (const { what, id, key, reason, expiredAt, size } of going) {
    count += 1;
    bytes += size ?? 0;
    const about = [key, size === null ? null : `${size} bytes`, reason, expiredAt].filter(Boolean).join(', ');
    if (dryRun) logger.info(`Would delete ${what} ${id}: ${about}`);
    else logger.debug(`Deleted ${what} ${id}: ${about}`);
  }
  if (count > 0)
    logger.info(`Retention: ${count} things, ${bytes} bytes ${dryRun ? 'would go' : 'are gone'}`);
  return count;
}
