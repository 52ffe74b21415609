/** Where a reader of a change log is: a snapshot of transactions, when it was taken, and in which history. */
interface Position {
  epoch: string;
  /** Milliseconds since the epoch, by the database's clock. */
  atMs: number;
  /** As PostgreSQL writes a `pg_snapshot`: `xmin:xmax:xip,xip`. */
  snapshot: string;
  xmax: string;
}

/** Characters that an HTTP header can hold, none of them `~`. */
const FORMAT = /^([0-9a-f]{8})\.([0-9a-z]{1,10})\.(\d{1,19})\.(\d{1,19})\.((?:\d{1,19}(?:-\d{1,19})*)?)$/;

/**
 * Write a cursor.
 *
 * Of the transactions without a visible change, none counts as seen. It would be no loss to call those seen that have
 * ended, but numbers that were given out and never reached the disk are given out again after a crash: what is seen
 * must be durable.
 * @param newest the highest number of a transaction whose changes are visible; null when there are none
 */
export function writeCursor({
  epoch,
  atMs,
  snapshot,
  newest,
}: Record<'epoch' | 'atMs' | 'snapshot', string> & { newest: string | null }): string {
  const [xmin = '1', , xips = ''] = snapshot.split(':');
  const xmax = BigInt(newest ?? 0) + 1n;
  const running = xips.split(',').filter((xip) => xip !== '' && BigInt(xip) < xmax);
  const lowest = BigInt(xmin) < xmax ? BigInt(xmin) : xmax;
  return [epoch, Number(atMs).toString(36), lowest, xmax, running.join('-')].join('.');
}

/** @returns null for what is no cursor of ours */
export function readCursor(cursor: string): Position | null {
  const [, epoch = '', at = '', xmin = '', xmax = '', running = ''] = FORMAT.exec(cursor) ?? [];
  if (epoch === '') return null;
  const xips = running === '' ? [] : running.split('-').map(BigInt);
  const [low, high] = [BigInt(xmin), BigInt(xmax)];
  const isSnapshot =
    low > 0n && low <= high && xips.every((xip, n) => xip >= (xips[n - 1] ?? low) && xip < high);
  if (!isSnapshot) return null;
  return {
    epoch,
    atMs: Number.parseInt(at, 36),
    snapshot: `${low}:${high}:${xips.join(',')}`,
    xmax,
  };
}
