import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Sequelize, Transaction } from 'sequelize';
import { createTestDatabase } from '../test/support/database.ts';
import { changeLogMigration, followTable, forgetChanges, readChanges, readMissed } from './change-log.ts';

let db: Sequelize;
let cursor: string;
beforeAll(async () => {
  const things = `
    CREATE TABLE things (id uuid PRIMARY KEY, person_id uuid NOT NULL, name text, lease integer, kind text);
    CREATE TABLE parts (
      id uuid PRIMARY KEY, thing_id uuid NOT NULL REFERENCES things (id) ON DELETE CASCADE, person_id uuid NOT NULL
    );
    ${followTable({ table: 'things', subject: 'id', unseen: ['lease'], only: "it.kind IS DISTINCT FROM 'secret'" })}
    ${followTable({ table: 'parts', subject: 'thing_id', unseen: [] })}`;
  db = await createTestDatabase([changeLogMigration('1'), { name: '2', sql: things }]);
});
afterAll(() => db.close());
beforeEach(async () => {
  ({ cursor } = await readChanges(db, null));
});

const ann = randomUUID();
const run = (sql: string, replacements: Record<string, unknown>, transaction?: Transaction) =>
  db.query(sql, { replacements, ...(transaction ? { transaction } : {}) });

async function add(
  transaction?: Transaction,
  more: { personId?: string; kind?: string } = {},
): Promise<string> {
  const thing = { id: randomUUID(), personId: ann, kind: 'plain', ...more };
  await run('INSERT INTO things (id, person_id, kind) VALUES (:id, :personId, :kind)', thing, transaction);
  return thing.id;
}

/** What is new since the last call; each call goes on where the one before ended. */
async function news(): Promise<string[]> {
  const { cursor: next, reset, changes } = await readChanges(db, cursor);
  expect(reset).toBe(false);
  cursor = next;
  return changes.map(({ subjectId }) => subjectId).toSorted();
}

test('what changes is told once, with the person it belongs to', async () => {
  const id = await add();
  expect((await readChanges(db, cursor)).changes).toEqual([{ subjectId: id, personId: ann }]);
  expect(await news()).toEqual([id]);
  expect(await news()).toEqual([]);
  await db.transaction(async (transaction) => {
    await run("UPDATE things SET name = 'a' WHERE id = :id", { id }, transaction);
    await run("UPDATE things SET name = 'b' WHERE id = :id", { id }, transaction);
    await run('INSERT INTO parts VALUES (:part, :id, :ann)', { part: randomUUID(), id, ann }, transaction);
  });
  expect(await news()).toEqual([id]);
  await run('DELETE FROM things WHERE id = :id', { id });
  expect(await news()).toEqual([id]);
});

test('what nobody sees is no change', async () => {
  const id = await add();
  const secret = await add(undefined, { kind: 'secret' });
  await news();
  await run('UPDATE things SET lease = 1 WHERE id = :id', { id });
  await run('UPDATE things SET name = name WHERE id = :id', { id });
  await run("UPDATE things SET name = 'x' WHERE id = :secret", { secret });
  expect(await news()).toEqual([]);
  await run("UPDATE things SET lease = 2, name = 'y' WHERE id = :id", { id });
  expect(await news()).toEqual([id]);
});

test('a transaction that commits late is neither skipped nor waited for', async () => {
  const slow = await db.transaction();
  const late = await add(slow);
  const early = await add();
  expect(await news()).toEqual([early]);
  const between = await add();
  expect(await news()).toEqual([between]);
  await slow.commit();
  expect(await news()).toEqual([late]);
  expect(await news()).toEqual([]);
});

test('numbers of transactions are compared as numbers', async () => {
  await db.query('DELETE FROM changes');
  for (const xid of ['99', '100']) {
    await run(
      'INSERT INTO changes (subject_id, person_id, xid) VALUES (gen_random_uuid(), :ann, CAST(CAST(:xid AS text) AS xid8))',
      { ann, xid },
    );
  }
  const { cursor: next } = await readChanges(db, null);
  expect(next.split('.')[3]).toBe('101');
});

test('writers in a crowd, some of whom give up: a reader sees each commit exactly once', async () => {
  const seen: string[] = [];
  const made: string[] = [];
  let writing = true;
  const write = async (n: number) => {
    for (let round = 0; round < 20; round += 1) {
      const transaction = await db.transaction();
      const ids = [await add(transaction), await add(transaction)];
      if ((n + round) % 4 === 0) await transaction.rollback();
      else {
        await transaction.commit();
        made.push(...ids);
      }
    }
  };
  const read = async () => {
    while (writing) seen.push(...(await news()));
  };
  const reading = read();
  await Promise.all(Array.from({ length: 6 }, (_, n) => write(n)));
  writing = false;
  await reading;
  seen.push(...(await news()));
  expect(seen.toSorted()).toEqual(made.toSorted());
});

test('people catch up with their own changes, each from their own cursor', async () => {
  const ben = randomUUID();
  const before = cursor;
  const slow = await db.transaction();
  const late = await add(slow);
  const own = await add();
  await add(undefined, { personId: ben });
  const { cursor: after } = await readChanges(db, before);
  await slow.commit();
  const missed = await readMissed(db, [
    { personId: ann, after: before },
    { personId: ann, after },
    { personId: ben, after },
    { personId: ben, after: 'nonsense' },
  ]);
  expect(missed.map(({ personId, reset }) => [personId, reset])).toEqual([
    [ann, false],
    [ann, false],
    [ben, false],
    [ben, true],
  ]);
  expect(missed[0]?.subjectIds.toSorted()).toEqual([own, late].toSorted());
  expect(missed[1]?.subjectIds).toEqual([late]);
  expect(missed[2]?.subjectIds).toEqual([]);
});

test('a cursor that can’t be followed leads to a reset, with one that can', async () => {
  await add();
  const [epoch = '', at = '', xmin = '', xmax = '', running = ''] = (
    await readChanges(db, null)
  ).cursor.split('.');
  const hourAgo = (Number.parseInt(at, 36) - 3_600_001).toString(36);
  const unusable = [
    '',
    'nonsense',
    ['00000000', at, xmin, xmax, running].join('.'),
    [epoch, hourAgo, xmin, xmax, running].join('.'),
    [epoch, at, xmin, BigInt(xmax) + 1_000_000n, running].join('.'),
    [epoch, at, '9', '3', ''].join('.'),
  ];
  for (const after of unusable) {
    const { reset, changes, cursor: next } = await readChanges(db, after);
    expect([after, reset, changes]).toEqual([after, true, []]);
    cursor = next;
    expect(await news()).toEqual([]);
  }
});

test('rows that a restored database has brought along do not hide what comes', async () => {
  await db.query("INSERT INTO changes VALUES ('900000000', :id, :ann, now())", {
    replacements: { id: randomUUID(), ann },
  });
  ({ cursor } = await readChanges(db, null));
  const id = await add();
  expect(await news()).toEqual([id]);
});

test('numbers that were given out and not written are not taken for seen: a crash gives them out again', async () => {
  await add();
  const { cursor: idle } = await readChanges(db, null);
  const undone = await db.transaction();
  await add(undone);
  await undone.rollback();
  const { cursor: later } = await readChanges(db, idle);
  const numbersOf = (some: string) => some.split('.').slice(2);
  expect(numbersOf(later)).toEqual(numbersOf(idle));
});

test('too many changes at once lead to a reset', async () => {
  await db.query(
    'INSERT INTO things (id, person_id) SELECT gen_random_uuid(), :ann FROM generate_series(1, 5001)',
    { replacements: { ann } },
  );
  const [missed] = await readMissed(db, [{ personId: ann, after: cursor }]);
  expect(missed).toMatchObject({ reset: true, subjectIds: [] });
  expect(await readChanges(db, cursor)).toMatchObject({ reset: true, changes: [] });
});

test('what nobody follows any more is forgotten', async () => {
  await add();
  const count = async () =>
    (await db.query('SELECT count(*) FROM changes WHERE xid < 800000000::text::xid8'))[0];
  await forgetChanges(db, new Date(Date.now() + 7_000_000));
  expect(await count()).not.toEqual([{ count: '0' }]);
  await forgetChanges(db, new Date(Date.now() + 7_300_000));
  expect(await count()).toEqual([{ count: '0' }]);
});
