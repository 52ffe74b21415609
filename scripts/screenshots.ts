// Makes the pictures of docs/page.md from a real system with real clips: npm run screenshots [FOLDER]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchChromium } from '../test/support/chromium.ts';
import { eventually } from '../test/support/eventually.ts';
import { limitUploads, upload } from '../test/e2e/page-actions.ts';
import { footage } from '../test/support/footage.ts';
import { PASSWORD, registerPerson, type ApiPerson } from '../test/support/person.ts';
import { startSystem } from '../test/support/system.ts';

/** What no document shows; another folder gets it all, for looking at. */
const left = new Set(['login-dark', 'recipe-dark', 'frame-dark', 'share-dark', 'share-phone']);
const isForLooking = process.argv[2] !== undefined;
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
/** Narrow pictures of the account's parts, in which the words are still to be read. */
const ACCOUNT_PARTS = [
  'profile',
  'second-factor',
  'sessions',
  'usage',
  'notifications',
  'webhooks',
  'security-log',
];

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

/** Runs in the page: whether all pictures in sight are there; a video without frames has a sign in place of one. */
const picturesAreThere = `[...document.querySelectorAll('.frame .picture, a .picture, dialog .picture')]
  .filter((it) => it.getBoundingClientRect().top < innerHeight)
  .filter((it) => it.closest('.video')?.dataset.status !== 'failed')
  .every((it) => it.querySelector('img')?.naturalWidth > 0)`;

const decodePictures = `Promise.all([...document.querySelectorAll('.picture img')].map((it) => it.decode()))`;

async function settle(page: Page): Promise<void> {
  await eventually(() => page.evaluate<boolean>(picturesAreThere), 'the pictures to be there');
  await page.evaluate(decodePictures);
}

async function shoot(page: Page, name: string): Promise<void> {
  if (!isForLooking && left.has(name)) return;
  await settle(page);
  const png = await page.screenshot({ animations: 'disabled' });
  await sharp(png)
    .resize({ width: 900, withoutEnlargement: true })
    .webp({ quality: 62, effort: 6 })
    .toFile(join(folder, `${name}.webp`));
}

/** From the login to one frame. */
async function tour(browser: Browser, url: string, email: string, look: Look, suffix: string): Promise<Page> {
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
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share' }).click();
  await page
    .getByRole('dialog')
    .getByText(/^Ends in/)
    .waitFor();
  await shoot(page, `share-${suffix}`);
  await page.keyboard.press('Escape');
  return page;
}

/** An upload, and an extraction, while they run. */
async function shootWork(page: Page, url: string, person: ApiPerson): Promise<void> {
  await page.goto(`${url}/#/`);
  await limitUploads(page, 500_000);
  await upload(page, [footage('city-mpeg1.mpg')]);
  const bar = page.locator('.upload').getByRole('progressbar');
  await eventually(async () => Number(await bar.getAttribute('aria-valuenow')) > 30, 'a part of the upload');
  await shoot(page, 'upload-light');
  await page.getByRole('button', { name: 'Cancel: city-mpeg1.mpg' }).click();
  await limitUploads(page, 0);
  const recipe = JSON.stringify({ select: { mode: 'all' }, format: 'webp' });
  const running = await person.upload(footage('cockatoo.mp4'), {
    filename: 'Cockatoo, all of it.mp4',
    recipe,
  });
  await page.goto(`${url}/#/video/${running.id}`);
  await page.locator('.frame img').nth(3).waitFor();
  await shoot(page, 'running-light');
}

async function shootAccount(page: Page, url: string): Promise<void> {
  await page.setViewportSize({ width: 1000, height: 700 });
  for (const part of ACCOUNT_PARTS) {
    await page.goto(`${url}/#/account/${part}`);
    await page.locator('.account-content > *').first().waitFor();
    await page.locator('.account-content .loading').first().waitFor({ state: 'detached' });
    await shoot(page, `account-${part}`);
  }
}

await mkdir(folder, { recursive: true });
const [system, browser] = await Promise.all([startSystem(), launchChromium()]);
try {
  const person = await registerPerson(system.url);
  await fillLibrary(person);
  const { email } = person;
  const light = await tour(
    browser,
    system.url,
    email,
    { width: 1200, height: 860, scheme: 'light' },
    'light',
  );
  await shootWork(light, system.url, person);
  await shootAccount(light, system.url);
  await tour(browser, system.url, email, { width: 1200, height: 860, scheme: 'dark' }, 'dark');
  await tour(browser, system.url, email, { width: 360, height: 740, scheme: 'light' }, 'phone');
} finally {
  await browser.close();
  await system.remove();
}
