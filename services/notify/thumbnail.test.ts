import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import { firstFrame } from './thumbnail.ts';

const tile = { tileWidth: 160, tileHeight: 90 };
const preview = { ...tile, key: 'previews/1', columns: 2, poster: 2, tiles: [{ index: 1, timeSeconds: 0 }] };
const storeOf = (content: Buffer) =>
  ({ get: () => Promise.resolve(Readable.from([content])) }) as unknown as ObjectStore;

test('the first frame is the first tile, and small', async () => {
  const second = await sharp({ create: { width: 160, height: 90, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  const sheet = await sharp({ create: { width: 320, height: 90, channels: 3, background: '#00f' } })
    .composite([{ input: second, left: 160, top: 0 }])
    .jpeg()
    .toBuffer();
  const found = await firstFrame(storeOf(sheet), { preview: { ...preview, size: sheet.length } });
  expect(found).toMatchObject({ width: 160, height: 90 });
  expect(found?.image.length).toBeLessThan(30_000);
  const { dominant } = await sharp(found?.image).stats();
  expect(dominant.b).toBeGreaterThan(dominant.r + 100);
});

test('a sheet that is far too large is not read', async () => {
  expect(await firstFrame(storeOf(Buffer.alloc(0)), { preview: { ...preview, size: 5_000_000 } })).toBeNull();
});
