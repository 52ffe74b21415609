import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../lib/logger.ts';
import { awsCredentials, startAwsServer, type AwsServer } from '../../test/support/aws-server.ts';
import { createTestDatabase } from '../../test/support/database.ts';
import { eventually } from '../../test/support/eventually.ts';
import { badAddresses, startMailEvents } from './mail-events.ts';
import { migrations } from './migrations.ts';
import { defineModels, type NotifyDatabase } from './models.ts';
import { suppressionOf } from './suppressions.ts';

Object.assign(process.env, awsCredentials);

const bounce = (bounceType: string, emailAddress: string) => ({
  eventType: 'Bounce',
  bounce: {
    bounceType,
    bouncedRecipients: [{ emailAddress, diagnosticCode: 'smtp; 550 5.1.1 no such user' }],
  },
});
const complaint = (emailAddress: string, complaintFeedbackType?: string) => ({
  notificationType: 'Complaint',
  complaint: { complaintFeedbackType, complainedRecipients: [{ emailAddress }] },
});
const bySns = (event: object) => ({ Type: 'Notification', Message: JSON.stringify(event) });

describe('what an event speaks against', () => {
  const gone = { address: 'gone@example.com', reason: 'bounced' };
  const angry = { address: 'eve@example.com', reason: 'complaint' };
  test.each([
    ['a permanent bounce', bounce('Permanent', 'gone@example.com'), [gone]],
    ['the same by way of SNS', bySns(bounce('Permanent', 'gone@example.com')), [gone]],
    ['a full mailbox', bounce('Transient', 'full@example.com'), []],
    ['a complaint', complaint('eve@example.com', 'abuse'), [angry]],
    ['a complaint that is none', complaint('eve@example.com', 'not-spam'), []],
    ['a delivery', { eventType: 'Delivery', delivery: {} }, []],
  ])('%s', (_name, event, expected) => {
    expect(badAddresses(JSON.stringify(event))).toEqual(expected);
  });

  test.each([
    '',
    'hello',
    '{}',
    '[]',
    '{"eventType":"Bounce","bounce":{}}',
    '{"Type":"Notification","Message":"x"}',
  ])('%j makes no sense', (body) => {
    expect(() => badAddresses(body)).toThrow();
  });
});

describe('events from a queue', () => {
  let db: NotifyDatabase;
  let server: AwsServer;
  /** The messages by their receipts; they are delivered until they are deleted. */
  const waiting = new Map<string, string>();
  beforeAll(async () => {
    const sequelize = await createTestDatabase(migrations);
    db = { sequelize, models: defineModels(sequelize) };
    server = await startAwsServer(async ({ headers }, body) => {
      if (String(headers['x-amz-target']).endsWith('DeleteMessage')) {
        waiting.delete(String(body.ReceiptHandle));
        return {};
      }
      // As long polling does, but not for as long.
      await eventually(() => waiting.size > 0, 'a message', 300).catch(() => undefined);
      return {
        body: {
          Messages: [...waiting].map(([ReceiptHandle, Body]) => ({
            MessageId: ReceiptHandle,
            ReceiptHandle,
            Body,
            MD5OfBody: createHash('md5').update(Body).digest('hex'),
          })),
        },
      };
    });
  });
  afterAll(async () => {
    await server.stop();
    await db.sequelize.close();
  });

  test('are stored before they are deleted; what makes no sense is deleted, too', async () => {
    waiting.set(randomUUID(), JSON.stringify(bySns(bounce('Permanent', 'Gone@Example.com'))));
    waiting.set(randomUUID(), 'hello');
    waiting.set(randomUUID(), JSON.stringify(complaint('eve@example.com', 'abuse')));
    await db.sequelize.query('ALTER TABLE suppressed_addresses RENAME TO away');
    const failed = Promise.withResolvers<undefined>();
    const logger = { ...silentLogger, error: () => failed.resolve(undefined) };
    const loop = startMailEvents(db, `${server.url}/1/events`, logger);
    await failed.promise;
    expect([...waiting.values()]).toHaveLength(3);
    await db.sequelize.query('ALTER TABLE away RENAME TO suppressed_addresses');
    await eventually(() => waiting.size === 0, 'every message to be deleted');
    await loop.stop();
    expect(await suppressionOf(db, 'gone@example.com')).toMatchObject({ reason: 'bounced' });
    expect(await suppressionOf(db, 'EVE@example.com')).toMatchObject({ reason: 'complaint' });
    expect(await db.models.suppression.count()).toBe(2);
  });
});
