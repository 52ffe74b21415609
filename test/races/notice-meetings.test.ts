import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { interleave, type Interleaving } from './interleaving.ts';
import { interruptEverywhere, isDone } from './interruptions.ts';
import {
  addReader,
  addWebhooks,
  checkReader,
  noticeOperations,
  openNotices,
  type NoticeOperation,
  type Reader,
} from './notice-operations.ts';

/** What tells people, interrupted at every statement by what changes whom, and whether, it tells. */

const notices = await openNotices();
const { db } = notices;
let together: Interleaving;
beforeAll(() => {
  together = interleave(notices.sequelize);
});
afterAll(() => notices.sequelize.close());

type Check = (reader: Reader, first: boolean, second: boolean) => Promise<void> | void;

/** @param before what happens until then, of each thing the first */
const meet = (
  [first, second]: [NoticeOperation, NoticeOperation],
  check: Check,
  before: (reader: Reader) => Promise<unknown> = () => Promise.resolve(),
) =>
  interruptEverywhere(together, {
    prepare: async () => {
      const reader = await addReader(notices);
      await before(reader);
      return reader;
    },
    first: async (reader) => noticeOperations[first](notices, reader, 0),
    second: async (reader) => noticeOperations[second](notices, reader, 0),
    check: async (reader, one, two) => {
      await checkReader(notices, reader);
      await check(reader, isDone(one), isDone(two));
    },
  });

const bothDone: Check = (_reader, ...done) => expect(done).toEqual([true, true]);

describe('a notice', () => {
  const forget = async () => {
    await db.models.notification.destroy({ where: {} });
  };
  test('is recorded beside the removal of a webhook', async () => {
    expect(await meet(['tell', 'drop'], bothDone, forget)).toBeGreaterThan(3);
    await meet(['drop', 'tell'], bothDone, forget);
  });

  test('that is told twice at once is recorded once, for each webhook, too', async () => {
    await meet(
      ['tell', 'tell'],
      async (reader, ...done) => {
        await bothDone(reader, ...done);
        expect(await db.models.notification.count()).toBe(2 + reader.hooks.length);
      },
      forget,
    );
  });

  test('makes one mail, whichever replicas send', async () => {
    await meet(['mail', 'mail'], ({ mails }) => expect(mails).toHaveLength(1));
  });

  test('makes one delivery to each webhook at a time', async () => {
    await meet(
      ['deliver', 'deliver'],
      ({ claims }) => {
        expect(new Set(claims.map(({ endpointId }) => endpointId)).size).toBe(claims.length);
      },
      async (reader) => {
        await forget();
        reader.claims = [];
        await noticeOperations.tell(notices, reader, 0);
      },
    );
  });

  test('leaves nothing of a person who goes meanwhile', async () => {
    for (const pair of [
      ['tell', 'leave'],
      ['leave', 'tell'],
      ['hook', 'leave'],
      ['prefer', 'leave'],
    ] as const)
      await meet([...pair], bothDone, forget);
    for (const name of ['mail', 'deliver'] as const) await meet([name, 'leave'], bothDone);
  });
});

test('a person makes no more webhooks than they may', async () => {
  await meet(
    ['hook', 'hook'],
    async ({ personId }, ...done) => {
      expect(done.sort()).toEqual([false, true]);
      expect(await db.models.webhook.count({ where: { personId } })).toBe(10);
    },
    (reader) => addWebhooks(notices, reader),
  );
});

test('a secret that is replaced is not overwritten by one that is sealed anew', async () => {
  await meet(['renewSecrets', 'rotate'], async ({ hooks: [, newest = ''] }) => {
    const { previousSecret } = await db.models.webhook.findByPk(newest, { rejectOnEmpty: true });
    expect(previousSecret).not.toBeNull();
  });
});
