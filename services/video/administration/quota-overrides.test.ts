import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { quotaOverrides } from '../../../lib/administration/requests.ts';
import { now, openVideos, rules, wish } from '../../../test/support/videos.ts';
import { readUsage } from '../quotas.ts';
import { purgePerson, refusePerson } from '../removal.ts';
import { reserveUpload } from '../uploads.ts';
import { readQuotas, setQuotas } from './quota-overrides.ts';

const by = randomUUID();
let videos: Awaited<ReturnType<typeof openVideos>>;
beforeAll(async () => {
  videos = await openVideos();
});
afterAll(() => videos.close());

const set = (personId: string, overrides: object | null) => {
  const parsed = overrides && quotaOverrides.parse(overrides);
  return setQuotas(videos.db, { personId, overrides: parsed, by }, rules.quotas, now);
};
const read = (personId: string) => readQuotas(videos.db, personId, rules.quotas, now);
const reserve = (personId: string, size = 10) =>
  reserveUpload(videos.db, { ...wish(personId), size }, rules, now);

test('a person’s own limits are honoured, nobody else’s change, and everyone’s come back', async () => {
  const [ana, ben] = [randomUUID(), randomUUID()];
  await videos.upload(ana);
  await set(ana, { videosPerDay: 1, storedBytes: 5_000_000_000_000 });
  await expect(reserve(ana)).rejects.toMatchObject({
    ...{ type: 'quota_exceeded', data: { quota: { name: 'videosPerDay', limit: 1 } } },
  });
  await expect(reserve(ben)).resolves.toBeDefined();
  expect(await readUsage(videos.db, ana, rules.quotas, now)).toMatchObject({
    ...{ videosPerDay: { used: 1, limit: 1 }, storedBytes: { limit: 5_000_000_000_000 } },
  });
  expect(await read(ana)).toEqual({
    personId: ana,
    defaults: rules.quotas,
    overrides: { storedBytes: 5_000_000_000_000, videosPerDay: 1, concurrentUploads: null, fileBytes: null },
    ...{ setAt: now.toISOString(), setBy: by },
    used: { storedBytes: 10, videosPerDay: 1, concurrentUploads: 0 },
  });

  await set(ana, { fileBytes: 20, storedBytes: 25 });
  await expect(reserve(ana, 21)).rejects.toMatchObject({ type: 'too_large' });
  await expect(reserve(ana, 16)).rejects.toMatchObject({
    data: { quota: { name: 'storedBytes', limit: 25 } },
  });
  expect(await reserve(ana, 15)).toMatchObject({ maxBytes: 15 });
  await set(ana, { concurrentUploads: 1 });
  await expect(reserve(ana)).rejects.toMatchObject({ data: { quota: { name: 'concurrentUploads' } } });

  await set(ana, null);
  await expect(reserve(ana)).resolves.toBeDefined();
  expect(await read(ana)).toMatchObject({ overrides: { videosPerDay: null }, setAt: null, setBy: null });
  const [deeds] = await videos.db.sequelize.query(
    `SELECT params->>'deed' AS deed, params->>'about' AS about FROM durable_calls
     WHERE action = 'auth.noteDeed' ORDER BY ctid`,
  );
  expect(deeds).toEqual([
    ...['quotas_set', 'quotas_set', 'quotas_set', 'quotas_cleared'].map((deed) => ({ deed, about: ana })),
  ]);
});

test('limits that gateways would not honour, and those of people who are gone, are refused', async () => {
  const ana = randomUUID();
  const fileBytes = rules.quotas.fileBytes + 1;
  await expect(set(ana, { fileBytes })).rejects.toMatchObject({
    ...{ type: 'validation_failed', data: { errors: [{ path: 'fileBytes' }] } },
  });
  await set(ana, { videosPerDay: 1 });
  await refusePerson(videos.db, ana, now);
  await purgePerson(videos.db, ana, now);
  expect(await videos.db.models.quotaOverride.findByPk(ana)).toBeNull();
  await expect(set(ana, { videosPerDay: 1 })).rejects.toMatchObject({ type: 'not_found' });
});
