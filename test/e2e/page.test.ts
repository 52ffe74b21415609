import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { PASSWORD, registerPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { download, dropFile, fillAccount, inPage, remove, rowOf, slowUploadsDown } from './page-actions.ts';

let system: System;
let browser: Browser;
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await system.remove();
});

describe('the page', () => {
  let context: BrowserContext;
  let consoleErrors: string[];
  let foreignRequests: string[];
  beforeEach(() => {
    consoleErrors = [];
    foreignRequests = [];
  });
  afterEach(async () => {
    await context.close();
    expect(foreignRequests).toEqual([]);
  });

  const openPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    context = await browser.newContext({ locale: 'en-US', ...options });
    context.setDefaultTimeout(30_000);
    // Without a window nobody could answer the dialog for the file.
    await context.addInitScript('delete window.showSaveFilePicker');
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (origin !== new URL(system.url).origin) foreignRequests.push(request.url());
    });
    await page.goto(system.url);
    return page;
  };

  const openLoggedIn = async (options: BrowserContextOptions = {}) => {
    const person = await registerPerson(system.url);
    const page = await openPage(options);
    await fillAccount(page, person.email, PASSWORD);
    await page.locator('#account button[type=submit]').click();
    await page.locator('#workshop').waitFor();
    return { page, person };
  };

  test('takes somebody from an account over two videos and an archive to the way out', async () => {
    const page = await openPage();
    await page.getByRole('radio', { name: 'Create an account' }).check();
    const email = `${randomUUID()}@example.com`;
    await page.getByLabel('Name (optional)').fill('Ana');
    await fillAccount(page, email, PASSWORD);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText('Nothing here yet.').waitFor();
    await page.getByText(email).waitFor();

    await slowUploadsDown(page, 2_000_000);
    await page.getByLabel('Choose videos').setInputFiles(footage('city-mpeg1.mpg'));
    await page.getByText(/^Uploading, [1-9]\d?%$/).waitFor();
    await rowOf(page, 'city-mpeg1.mpg').getByText('Ready').waitFor();

    await page.getByRole('radio', { name: 'A fixed number' }).check();
    await page.getByLabel('Number of frames').fill('3');
    await page.getByLabel('Format').selectOption('png');
    await dropFile(page, footage('birds.mp4'), 'birds.mp4');
    await rowOf(page, 'birds.mp4').getByText('Ready').waitFor();

    const city = await download(page, 'city-mpeg1.mpg');
    expect(city.filename).toBe('city-mpeg1.zip');
    expect(city.names.filter((name) => name.endsWith('.jpg'))).toHaveLength(8);
    expect(city.names).toContain('frames/frame_000001.jpg');
    await rowOf(page, 'city-mpeg1.mpg').getByText('8 frames').waitFor();
    const birds = await download(page, 'birds.mp4');
    expect(birds.names.filter((name) => name.startsWith('frames/'))).toEqual(
      ['1', '2', '3'].map((index) => `frames/frame_00000${index}.png`),
    );

    await remove(page, 'birds.mp4', 'Keep it');
    expect(await rowOf(page, 'birds.mp4').count()).toBe(1);
    await remove(page, 'birds.mp4', 'Delete');
    await rowOf(page, 'birds.mp4').waitFor({ state: 'detached' });
    await page.reload();
    await rowOf(page, 'city-mpeg1.mpg').waitFor();
    expect(await rowOf(page, 'birds.mp4').count()).toBe(0);

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(await page.getByText('city-mpeg1.mpg').count()).toBe(0);
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(consoleErrors).toEqual([]);
  });

  test('tells a wrong password', async () => {
    const page = await openPage();
    await fillAccount(page, 'nobody@example.com', 'wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor();
  });

  test('tells a fault of a field at the field', async () => {
    const page = await openPage();
    await page.getByRole('radio', { name: 'Create an account' }).check();
    // What the browser itself would not let through.
    await page.evaluate("document.querySelector('#account').noValidate = true");
    await fillAccount(page, `${randomUUID()}@example.com`, 'short');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.locator('[data-field=password]').getByText('Use 10 to 200 characters.').waitFor();
    expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true');
  });

  test('tells why a broken file has no frames', async () => {
    const { page } = await openLoggedIn();
    const broken = { name: 'broken.mp4', mimeType: 'video/mp4', buffer: Buffer.from('this is no video') };
    await page.getByLabel('Choose videos').setInputFiles(broken);
    const row = rowOf(page, 'broken.mp4');
    await row.getByText('Failed').waitFor();
    await row.getByText('The file is not a video that we can read.').waitFor();
    expect(await row.getByRole('button', { name: 'Download' }).count()).toBe(0);
  });

  test('tells at the upload why it was refused, and lets it be tried again', async () => {
    const { page } = await openLoggedIn();
    let refusals = 1;
    await page.route(/\/video\?filename=/, (route) =>
      refusals-- > 0
        ? route.fulfill({ status: 413, json: { code: 'too_large', title: 'The body is too large' } })
        : route.continue(),
    );
    await page.getByLabel('Choose videos').setInputFiles(footage('birds.mp4'));
    const upload = page.locator('#uploads li');
    await upload.getByText('The body is too large.').waitFor();
    await upload.getByRole('button', { name: 'Try again' }).click();
    await rowOf(page, 'birds.mp4').getByText('Ready').waitFor();
    expect(await upload.count()).toBe(0);
  });

  test('cancels an upload on its way', async () => {
    const { page, person } = await openLoggedIn();
    await slowUploadsDown(page, 200_000);
    await page.getByLabel('Choose videos').setInputFiles(footage('city-mpeg1.mpg'));
    await page.getByText(/^Uploading, /).waitFor();
    await page.locator('#uploads').getByRole('button', { name: 'Cancel' }).click();
    await page.locator('#uploads li').waitFor({ state: 'detached' });
    const { items } = (await (await person.fetch('/video')).json()) as { items: unknown[] };
    expect(items).toEqual([]);
  });

  test('saves straight into a file where the browser can', async () => {
    const { page, person } = await openLoggedIn();
    const { id } = await person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
    const video = await person.waitFor(id, 'completed');
    await page.reload();
    await page.evaluate(inPage.saveIntoBrowserFolder);
    await rowOf(page, 'birds.mp4').getByRole('button', { name: 'Download' }).click();
    const savedSize = () => page.evaluate<number>(inPage.savedSize);
    await eventually(
      async () => (await savedSize()) === video.archive?.size,
      'the whole archive in the file',
    );
  });

  test('renews a refused access token once, however many requests were refused', async () => {
    const { page } = await openLoggedIn();
    let renewals = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/refresh')) renewals += 1;
    });
    await page.route('**/me', (route) =>
      renewals > 0 ? route.continue() : route.fulfill({ status: 401, json: { code: 'unauthorized' } }),
    );
    expect(await page.evaluate(inPage.askFiveTimes)).toEqual([200, 200, 200, 200, 200]);
    expect(renewals).toBe(1);
  });

  test('asks to log in again when the session was ended elsewhere', async () => {
    const { page } = await openLoggedIn();
    await page.evaluate(() => localStorage.setItem('refreshToken', 'no longer valid'));
    await page.reload();
    await page.getByText('Your session has ended. Please log in again.').waitFor();
  });

  test('loads older videos page by page', async () => {
    const { page, person } = await openLoggedIn();
    for (let count = 0; count < 22; count += 1) {
      await person.upload(Buffer.from(`no video ${count}`), { filename: `${count}.mp4` });
    }
    await page.reload();
    await rowOf(page, '21.mp4').waitFor();
    expect(await page.locator('#videos li').count()).toBe(20);
    await page.getByRole('button', { name: 'Load more' }).click();
    await rowOf(page, '0.mp4').waitFor();
    const shown = await page.locator('#videos h3').allTextContents();
    expect(shown).toEqual(Array.from({ length: 22 }, (_, index) => `${21 - index}.mp4`));
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
  });

  test('speaks Brazilian Portuguese, and the chosen language after that', async () => {
    const { page } = await openLoggedIn({ locale: 'pt-BR' });
    await page.getByRole('heading', { name: 'Seus vídeos' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    const broken = { name: 'ruim.mp4', mimeType: 'video/mp4', buffer: Buffer.from('isto não é um vídeo') };
    await page.getByLabel('Escolher vídeos').setInputFiles(broken);
    await page.getByText('O arquivo não é um vídeo que conseguimos ler.').waitFor();
    await page.getByLabel('Idioma').selectOption('English');
    await page.getByText('The file is not a video that we can read.').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your videos' }).waitFor();
    expect(consoleErrors).toEqual([]);
  });

  test('sends the language with the registration', async () => {
    const page = await openPage({ locale: 'pt-PT' });
    await page.getByRole('radio', { name: 'Criar uma conta' }).check();
    await fillAccount(page, `${randomUUID()}@example.com`, PASSWORD);
    const answer = page.waitForResponse((response) => response.url().endsWith('/register'));
    await page.getByRole('button', { name: 'Criar uma conta' }).click();
    expect(await (await answer).json()).toMatchObject({ locale: 'pt-BR' });
  });

  test('fits a telephone', async () => {
    const { page, person } = await openLoggedIn({ viewport: { width: 360, height: 640 } });
    await person.upload(Buffer.from('no video'), { filename: `${'long'.repeat(40)}.mp4` });
    await page.reload();
    await page.locator('#videos li').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});
