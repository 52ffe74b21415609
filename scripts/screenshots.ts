// Makes the pictures of the page in docs/images from a real system with real clips: npm run screenshots [FOLDER]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchChromium } from '../test/support/chromium.ts';
import { eventually } from '../test/support/eventually.ts';
import { footage } from '../test/support/footage.ts';
import { PASSWORD, registerPerson, type ApiPerson } from '../test/support/person.ts';
import { startSystem } from '../test/support/system.ts';

/** What the documents show; another folder gets all views, for looking at them. */
const shown = new Set(['page-light', 'video-light']);
const isForLooking = process.argv[2] !== undefined;
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));

async function fillLibrary(person: ApiPerson): Promise<void> {
  const wanted: [clip: string, filename: string, recipe: object][] = [
    ['phone-portrait.mp4', 'Garden, from the phone.mp4', { select: { mode: 'count', count: 12 } }],
    ['hello-mpeg2.mpeg', 'Interview 1998.mpeg', {}],
    ['city-mpeg1.mpg', 'City at night.mpg', { select: { mode: 'interval', seconds: 0.25 } }],
    ['cockatoo.mp4', 'Cockatoo.mp4', { select: { mode: 'interval', seconds: 0.5 } }],
    ['birds.mp4', 'Birds on the shore.mp4', { select: { mode: 'count', count: 24 } }],
  ];
  for (const [clip, filename, recipe] of wanted) {
    const video = await person.upload(footage(clip), { filename, recipe: JSON.stringify(recipe) });
    await person.waitFor(video.id, 'completed', 'failed');
  }
  const broken = await person.upload(Buffer.from('no video'), { filename: 'Broken copy.mp4' });
  await person.waitFor(broken.id, 'failed');
}

interface Look {
  width: number;
  height: number;
  scheme: 'light' | 'dark';
}

async function openPage(browser: Browser, url: string, { width, height, scheme }: Look): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: width < 500,
  });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function logIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  // The six of them.
  await page.locator('.video').nth(5).waitFor();
}

/** Runs in the page: whether all pictures in sight are there. */
const picturesAreThere = `[...document.querySelectorAll('.frame .picture, a .picture, dialog .picture')]
  .filter((it) => it.getBoundingClientRect().top < innerHeight && !it.querySelector('path[d^="M4 5h16v14H4zM8"]'))
  .every((it) => it.querySelector('img')?.naturalWidth > 0)`;

const decodePictures = `Promise.all([...document.querySelectorAll('.picture img')].map((it) => it.decode()))`;

async function settle(page: Page): Promise<void> {
  await eventually(() => page.evaluate<boolean>(picturesAreThere), 'the pictures to be there');
  await page.evaluate(decodePictures);
}

async function shoot(page: Page, name: string): Promise<void> {
  if (!isForLooking && !shown.has(name)) return;
  await settle(page);
  const png = await page.screenshot({ animations: 'disabled' });
  await sharp(png)
    .webp({ quality: 82 })
    .toFile(join(folder, `${name}.webp`));
}

async function tour(browser: Browser, url: string, email: string, look: Look, suffix: string): Promise<void> {
  const page = await openPage(browser, url, look);
  await page.getByLabel('Password').waitFor();
  await shoot(page, `login-${suffix}`);
  await logIn(page, email);
  await shoot(page, `page-${suffix}`);
  await page
    .locator('.chooser input[type=file]')
    .first()
    .setInputFiles([footage('birds.mp4'), footage('cockatoo.mp4')]);
  await page
    .getByRole('dialog')
    .getByText(/^(At most )?\d+ frames, about/)
    .waitFor();
  await shoot(page, `recipe-${suffix}`);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Birds on the shore.mp4' }).last().click();
  await page.locator('.frame').first().waitFor();
  await shoot(page, `video-${suffix}`);
  await page.locator('.frame').nth(2).click();
  await shoot(page, `frame-${suffix}`);
  await page.context().close();
}

await mkdir(folder, { recursive: true });
const [system, browser] = await Promise.all([startSystem(), launchChromium()]);
try {
  const person = await registerPerson(system.url);
  await fillLibrary(person);
  await tour(browser, system.url, person.email, { width: 1200, height: 860, scheme: 'light' }, 'light');
  await tour(browser, system.url, person.email, { width: 1200, height: 860, scheme: 'dark' }, 'dark');
  await tour(browser, system.url, person.email, { width: 360, height: 740, scheme: 'light' }, 'phone');
} finally {
  await browser.close();
  await system.remove();
}
