import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { json, type ApiPerson } from '../support/person.ts';
import { createBench, type Bench } from '../support/processor.ts';
import { cardOf, logIn } from './page-actions.ts';
import { receive, seeOff, setStage, type Guest } from './stage.ts';

// One at a time, so that somebody waits.
const stage = setStage({ PROCESSOR_CONCURRENCY: '1' });
let bench: Bench;
/** All its frames as PNG take long enough for somebody to look on. */
let long: string;
const ALL_FRAMES = JSON.stringify({ select: { mode: 'all' }, format: 'png' });
beforeAll(async () => {
  bench = await createBench();
  long = await bench.make('-stream_loop', '9', '-i', footage('cockatoo.mp4'), '-c', 'copy', 'long.mp4');
});
afterAll(() => bench.remove());

describe('the videos on the page', () => {
  let person: ApiPerson;
  let guest: Guest;
  let page: Page;
  beforeEach(async () => {
    guest = await receive(stage);
    ({ person, page } = guest);
  });
  afterEach(() => seeOff(guest));

  const uploadBroken = (filename: string) => person.upload(Buffer.from('no video'), { filename });

  test('come as far as somebody scrolls, and are found by name and by status', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `clip ${String(n).padStart(2, '0')}.mp4`);
    for (const name of names) await uploadBroken(name);
    const good = await person.upload(footage('birds.mp4'), { filename: 'Harbour.mp4' });
    await person.waitFor(good.id, 'completed');
    await logIn(page, person.email);
    await cardOf(page, 'Harbour.mp4').waitFor();
    expect(await page.locator('.video').count()).toBe(24);
    await page.mouse.wheel(0, 20_000);
    await cardOf(page, 'clip 00.mp4').waitFor();
    expect(await page.locator('.video').count()).toBe(31);

    await page.getByLabel('Search by name').fill('CLIP 0');
    await cardOf(page, 'clip 10.mp4').waitFor({ state: 'detached' });
    await eventually(async () => (await page.locator('.video').count()) === 10, 'ten videos');
    await page.getByLabel('Search by name').fill('');
    await page.getByLabel('Status').selectOption('Ready');
    await eventually(async () => (await page.locator('.video').count()) === 1, 'one video');
    await cardOf(page, 'Harbour.mp4').waitFor();
    await page.getByLabel('Search by name').fill('nothing of this name');
    await page.getByText('No video fits').waitFor();
    await page.getByRole('button', { name: 'Show all videos' }).click();
    await cardOf(page, 'clip 29.mp4').waitFor();
  });

  test('are where somebody left them who comes back from one, and the focus stays beside one that is deleted', async () => {
    for (let n = 0; n < 9; n += 1) {
      const { id } = await uploadBroken(`clip ${n}.mp4`);
      // A card says more when its video has failed, and moves those below it.
      await person.waitFor(id, 'failed');
    }
    await logIn(page, person.email);
    await cardOf(page, 'clip 8.mp4').waitFor();
    await page.mouse.wheel(0, 20_000);
    const isAtEnd = 'scrollY > 0 && scrollY + innerHeight >= document.documentElement.scrollHeight - 1';
    await eventually(() => page.evaluate<boolean>(isAtEnd), 'the end of the list');
    const last = cardOf(page, 'clip 0.mp4').getByRole('link', { name: 'clip 0.mp4' });
    await last.waitFor();
    const place = async () => Math.round((await last.boundingBox())?.y ?? NaN);
    await last.scrollIntoViewIfNeeded();
    const before = await place();
    await last.click();
    await page.getByRole('heading', { name: 'clip 0.mp4', level: 1 }).waitFor();
    await page.goBack();
    await eventually(async () => (await place()) === before, 'the place in the list');

    await page.getByRole('button', { name: 'Delete: clip 1.mp4' }).focus();
    await page.keyboard.press('Enter');
    await cardOf(page, 'clip 1.mp4').waitFor({ state: 'detached' });
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('clip 0.mp4');
  });

  test('change while somebody looks on: a place in the queue, progress, frames, a stop, another try', async () => {
    const running = await person.upload(long, { filename: 'running.mp4', recipe: ALL_FRAMES });
    const waiting = await person.upload(footage('birds.mp4'), { filename: 'waiting.mp4' });
    await logIn(page, person.email);
    await cardOf(page, 'waiting.mp4').getByText('Waiting, place 1').waitFor();
    await cardOf(page, 'running.mp4').getByRole('link', { name: 'running.mp4' }).click();
    const bar = page.getByRole('progressbar', { name: 'Progress of running.mp4' });
    const percent = async () => Number(await bar.getAttribute('aria-valuenow'));
    await eventually(async () => (await percent()) > 0, 'progress');
    await page.getByRole('heading', { name: /frames? so far$/ }).waitFor();
    await page.locator('.frame img').first().waitFor();
    const before = await percent();
    await eventually(async () => (await percent()) > before, 'more progress');
    await page.getByRole('button', { name: 'Stop extracting' }).click();
    await page.getByText('This was stopped. Try again, or choose other frames.').waitFor();
    await person.waitFor(waiting.id, 'completed');

    await page.getByRole('button', { name: 'Other frames' }).click();
    const dialog = page.getByRole('dialog', { name: 'Other frames' });
    await dialog.getByRole('radio', { name: 'A fixed number' }).check();
    await dialog.getByLabel('Number of frames').fill('3');
    await dialog.getByText(/^At most 3 frames, about/).waitFor();
    await dialog.getByRole('button', { name: 'Extract' }).click();
    await page.getByRole('heading', { name: '3 frames' }).waitFor();
    const { extractions } = await person.waitFor(running.id, 'completed');
    expect(extractions.map(({ status }) => status)).toEqual(['completed', 'canceled']);
  });

  test('say what was wrong, and are tried again', async () => {
    const broken = await uploadBroken('broken.mp4');
    await person.waitFor(broken.id, 'failed');
    await logIn(page, person.email);
    await cardOf(page, 'broken.mp4').getByRole('link', { name: 'broken.mp4' }).click();
    const words = 'The file is not a video that we can read. Check that it plays, then upload it again.';
    await page.getByText(words).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(
      async () => (await person.waitFor(broken.id, 'failed')).extractions.length === 2,
      'a second try',
    );
    await page.getByText(words).waitFor();
  });

  test('show a frame in full, let it be saved, and give an overview', async () => {
    const video = await person.upload(footage('birds.mp4'), {
      filename: 'birds.mp4',
      recipe: JSON.stringify({ select: { mode: 'count', count: 6 } }),
    });
    const { media } = await person.waitFor(video.id, 'completed');
    await logIn(page, person.email);
    await page.goto(`${stage.system.url}/#/video/${video.id}`);
    await page.locator('.frame').first().click();
    const dialog = page.getByRole('dialog');
    const image = dialog.getByRole('img');
    await image.waitFor();
    const fitted = (await image.boundingBox())?.width ?? 0;
    await dialog.getByRole('button', { name: 'Full size' }).click();
    await eventually(async () => (await image.boundingBox())?.width === media?.width, 'the full size');
    expect(fitted).toBeLessThan(media?.width ?? 0);
    const saving = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save this frame' }).click();
    const saved = await saving;
    const { format, width } = await sharp(await readFile(await saved.path())).metadata();
    expect([saved.suggestedFilename(), format, width]).toEqual(['frame_000001.jpg', 'jpeg', media?.width]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Overview' }).click();
    await page.getByRole('img', { name: 'Small pictures of frames of birds.mp4' }).waitFor();
  });

  test('tell within a second of what happens elsewhere', async () => {
    const listening = page.waitForResponse((response) => response.url().endsWith('/events'));
    await logIn(page, person.email);
    await listening;
    await page.getByText('No videos yet').waitFor();
    const video = await uploadBroken('elsewhere.mp4');
    await person.waitFor(video.id, 'failed');
    const since = Date.now();
    await cardOf(page, 'elsewhere.mp4').getByText('Failed').waitFor();
    expect(Date.now() - since).toBeLessThan(1000);
    await person.fetch(`/video/${video.id}`, { method: 'DELETE' });
    await cardOf(page, 'elsewhere.mp4').waitFor({ state: 'detached' });
  });

  test('are asked for where events do not come through', async () => {
    await page.route('**/events', (route) => route.abort());
    const video = await person.upload(long, { filename: 'asked.mp4', recipe: ALL_FRAMES });
    await logIn(page, person.email);
    await cardOf(page, 'asked.mp4').getByText('Extracting').waitFor();
    const recipe = { select: { mode: 'count', count: 1 } };
    await person.fetch(`/video/${video.id}/cancel`, { method: 'POST' });
    await cardOf(page, 'asked.mp4').getByText('Canceled').waitFor();
    await person.fetch(`/video/${video.id}/extractions`, json({ recipe }));
    await page.reload();
    await cardOf(page, 'asked.mp4').getByText('Ready').waitFor();
  });
});
