import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import { createSmallFrames } from './small-frames.ts';
import { eventually } from '../../../test/support/eventually.ts';

const frame = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#00f' } })
  .png()
  .toBuffer();

/** Frames that are read when the test says so. */
function createShelf() {
  const asked: PromiseWithResolvers<Buffer>[] = [];
  const load = () => {
    const reading = Promise.withResolvers<Buffer>();
    asked.push(reading);
    return reading.promise;
  };
  return { asked, load };
}

const wanted = () => true;

test('a copy is a JPEG of the width that was asked for, never wider than the frame', async () => {
  const small = createSmallFrames();
  const load = () => Promise.resolve(frame);
  const copy = await small.get('one', '320', load, wanted);
  expect(await sharp(copy).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });
  const narrow = await sharp(frame).resize({ width: 400 }).png().toBuffer();
  const whole = await small.get('narrow', '640', () => Promise.resolve(narrow), wanted);
  expect(await sharp(whole).metadata()).toMatchObject({ format: 'jpeg', width: 400, height: 225 });
});

test('two are made at a time; who asks for the same one, or for one that is known, gets it without another reading', async () => {
  const small = createSmallFrames();
  const { asked, load } = createShelf();
  const copies = ['a', 'b', 'c', 'a'].map((name) => small.get(name, '320', load, wanted));
  await eventually(() => asked.length > 0, 'the first readings');
  expect(asked).toHaveLength(2);
  asked[0]?.resolve(frame);
  await copies[0];
  await eventually(() => asked.length > 2, 'the next reading');
  expect(asked).toHaveLength(3);
  asked[1]?.resolve(frame);
  asked[2]?.resolve(frame);
  const [first, , , again] = await Promise.all(copies);
  expect(again).toBe(first);
  expect(await small.get('a', '320', load, wanted)).toBe(first);
  expect(asked).toHaveLength(3);
});

test('what nobody waits for any more is not read, and a reading that fails holds nobody up', async () => {
  const small = createSmallFrames();
  const { asked, load } = createShelf();
  const failing = [1, 2].map((name) => small.get(String(name), '320', load, wanted));
  const gone = small.get('gone', '320', load, () => false);
  const next = small.get('next', '320', () => Promise.resolve(frame), wanted);
  await eventually(() => asked.length === 2, 'both readings');
  for (const reading of asked) reading.reject(new Error('The store is away'));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await gone).toBeUndefined();
  expect(await next).toBeInstanceOf(Buffer);
  expect(asked).toHaveLength(2);
});
