import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { BrowserContextOptions, FileChooser, Locator, Page, Response } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { PASSWORD, registerPerson } from '../support/person.ts';
import {
  accessibilityFaults,
  cardOf,
  downloadBy,
  limitUploads,
  logIn,
  overflows,
  upload,
  wordsOf,
} from './page-actions.ts';
import { seeOff, setStage } from './stage.ts';
import { visit, type Visit } from './visit.ts';

const stage = setStage();

describe('the page', () => {
  let guest: Visit;
  afterEach(() => seeOff(guest));

  const openPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    guest = await visit(stage.browser, stage.system.url, options);
    return guest.page;
  };

  const look = async (page: Page, name: string) => {
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] });
    expect({ name, overflows: await overflows(page) }).toEqual({ name, overflows: [] });
  };

  test('takes somebody from an account over uploads that a reload interrupts to the frames of three videos', async () => {
    const page = await openPage();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('heading', { name: 'Create an account' }).waitFor();
    await page.getByLabel('E-mail address').fill(`${randomUUID()}@example.com`);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByText('No videos yet').waitFor();

    await limitUploads(page, 600_000);
    const creations: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/uploads')) creations.push(request.url());
    });
    await upload(page, ['city-mpeg1.mpg', 'phone-portrait.mp4', 'birds.mp4'].map(footage));
    const city = page.locator('.upload').filter({ hasText: 'city-mpeg1.mpg' });
    await city.getByText(/\/s · .+ left/).waitFor();
    await eventually(
      async () => Number(await city.getByRole('progressbar').getAttribute('aria-valuenow')) > 4,
      'a part of the upload',
    );
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    // By itself, and where it was: the browser has kept the file.
    await city.getByText(/\/s · .+ left/).waitFor();
    await limitUploads(page, 0);
    for (const name of ['city-mpeg1.mpg', 'phone-portrait.mp4', 'birds.mp4']) {
      await cardOf(page, name).getByText('Ready').waitFor();
    }
    expect(creations).toHaveLength(3);
    expect(await page.locator('.upload').count()).toBe(0);

    await cardOf(page, 'city-mpeg1.mpg').getByRole('link', { name: 'city-mpeg1.mpg' }).click();
    await page.getByRole('heading', { name: '8 frames' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('city-mpeg1.mpg');
    const archive = await downloadBy(page, page.getByRole('button', { name: 'Download ZIP' }));
    expect(archive.filename).toBe('city-mpeg1.zip');
    expect(archive.names.filter((name) => name.endsWith('.jpg'))).toHaveLength(8);

    await page.locator('.frame').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Frame 1 of 8 · 0:00.000' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await dialog.getByRole('img', { name: /^Frame 2 of 8/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await page.getByLabel('Language').selectOption('Português');
    await page.getByRole('button', { name: 'Baixar ZIP' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
  });

  test.each([
    ['light', 1100, 'en'],
    ['dark', 360, 'en'],
    ['dark', 1100, 'pt-BR'],
    ['light', 360, 'pt-BR'],
  ] as const)('keeps nobody out and fits: %s, %d pixels wide, in %s', async (colorScheme, width, locale) => {
    const say = wordsOf(locale);
    const person = await registerPerson(stage.system.url);
    const done = await person.upload(footage('birds.mp4'), { filename: `${'long'.repeat(20)}.mp4` });
    await person.upload(Buffer.from('no video'), { filename: 'broken.mp4' });
    await person.waitFor(done.id, 'completed');
    const page = await openPage({ colorScheme, locale, viewport: { width, height: 740 } });
    await page.getByLabel(say('password')).waitFor();
    await look(page, 'login');
    await page.getByRole('link', { name: say('forgotPassword') }).click();
    await page.getByLabel(say('password')).waitFor({ state: 'detached' });
    await page.locator('main form').waitFor();
    await look(page, 'forgot');
    await page.goto(`${stage.system.url}/#/register`);
    await page.getByRole('heading', { name: say('register') }).waitFor();
    await look(page, 'register');
    await page.goto(`${stage.system.url}/#/login`);
    await logIn(page, person.email, say);
    await page.locator('.video[data-status=failed] .failure').waitFor();
    await look(page, 'list');
    await page.locator('.chooser input[type=file]').first().setInputFiles(footage('birds.mp4'));
    await page.getByRole('dialog').getByText(say('finerPoints')).click();
    await look(page, 'recipe');
    await page.keyboard.press('Escape');
    await page.locator('.video h2 a').last().click();
    await page.locator('.frame img').first().waitFor();
    await look(page, 'video');
    await page.locator('.frame').first().click();
    await page.getByRole('dialog').getByRole('img').waitFor();
    await look(page, 'frame');
    const rows = `new Set([...document.querySelectorAll('.frame-tools .button')]
      .map((it) => it.getBoundingClientRect().top)).size`;
    expect(await page.evaluate(rows)).toBe(1);
    await page.keyboard.press('Escape');
    await page.goto(`${stage.system.url}/#/nowhere`);
    await page.getByText(say('notHere')).waitFor();
    await look(page, 'missing');
  });

  test('is used with the keyboard alone, from the first field to the archive', async () => {
    const page = await openPage();
    const { keyboard } = page;
    // From the beginning: told as late as the key is pressed, the browser may open the dialog of the system instead.
    const choosers: FileChooser[] = [];
    page.on('filechooser', (chooser) => choosers.push(chooser));
    const isFocused = async (what: Locator) => (await what.and(page.locator(':focus')).count()) === 1;
    const tabTo = async (what: Locator) => {
      await what.waitFor();
      for (let presses = 0; presses < 60; presses += 1) {
        if (await isFocused(what)) return;
        await keyboard.press('Tab');
      }
      throw new Error(`Tab does not lead to ${String(what)}`);
    };
    await tabTo(page.getByRole('link', { name: 'Create an account' }));
    await keyboard.press('Enter');
    await tabTo(page.getByLabel('E-mail address'));
    await keyboard.type(`${randomUUID()}@example.com`);
    await tabTo(page.getByLabel('Password'));
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await page.getByText('No videos yet').waitFor();
    await tabTo(page.getByRole('button', { name: 'Choose videos' }));
    await keyboard.press('Enter');
    await eventually(() => choosers.length === 1, 'files to be asked for');
    await choosers[0]?.setFiles(footage('birds.mp4'));
    const dialog = page.getByRole('dialog', { name: 'Upload videos' });
    await tabTo(dialog.getByRole('button', { name: 'Upload', exact: true }));
    await keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await cardOf(page, 'birds.mp4').getByText('Ready').waitFor();
    await tabTo(cardOf(page, 'birds.mp4').getByRole('link', { name: 'birds.mp4' }));
    await keyboard.press('Enter');
    const frame = page.locator('.frame').first();
    await tabTo(frame);
    await keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('img').waitFor();
    await keyboard.press('Escape');
    // Focus comes back to where the dialog was opened.
    await frame.and(page.locator(':focus')).waitFor();
    const downloading = page.waitForEvent('download');
    await tabTo(page.getByRole('button', { name: 'Download ZIP' }));
    await keyboard.press('Enter');
    expect((await downloading).suggestedFilename()).toBe('birds.zip');
  });

  test.each([
    ['light', 1100],
    ['dark', 360],
  ] as const)('shows the API to its readers: %s, %d pixels wide', async (colorScheme, width) => {
    const page = await openPage({ colorScheme, viewport: { width, height: 740 } });
    await page.goto(`${stage.system.url}/docs`);
    await page.getByRole('heading', { name: 'Videos', exact: true }).waitFor();
    await page.getByText('List your videos, newest first').click();
    await page.locator('#listVideos').getByRole('link', { name: 'Video', exact: true }).waitFor();
    const documented = (await (await fetch(`${stage.system.url}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    const operations = Object.values(documented.paths).flatMap((path) => Object.keys(path));
    expect(await page.locator('.api-operation').count()).toBeGreaterThan(operations.length);
    await look(page, 'api');
  });

  test('is loaded with less than 200 kB', async () => {
    const page = await openPage();
    const responses: Response[] = [];
    page.on('response', (response) => responses.push(response));
    const client = await guest.context.newCDPSession(page);
    await client.send('Network.clearBrowserCache');
    await page.reload({ waitUntil: 'networkidle' });
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    const sizes = await Promise.all(responses.map((response) => response.request().sizes()));
    const bytes = sizes.reduce((sum, it) => sum + it.responseHeadersSize + it.responseBodySize, 0);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(bytes).toBeLessThan(200_000);
    // Small because it comes compressed.
    expect(bytes).toBeLessThan(80_000);
  });

  test('tells a wrong password, and the fault of a field at the field', async () => {
    const page = await openPage();
    await page.getByLabel('E-mail address').fill('nobody@example.com');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.evaluate("document.querySelector('form').noValidate = true");
    await page.getByLabel('E-mail address').fill(`${randomUUID()}@example.com`);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.locator('.field-error').waitFor();
    expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true');
  });

  test('takes a deletion back, and keeps to it when the page is left', async () => {
    const person = await registerPerson(stage.system.url);
    const video = await person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
    const page = await openPage();
    // However slow the machine is: a test does not race against the eight seconds.
    await page.addInitScript(`globalThis.setTimeout = ((later) => (task, ms, ...given) =>
      later(task, ms === 8000 ? 600_000 : ms, ...given))(setTimeout)`);
    await page.reload();
    await logIn(page, person.email);
    const remove = cardOf(page, 'birds.mp4').getByRole('button', { name: 'Delete: birds.mp4' });
    await remove.click();
    await cardOf(page, 'birds.mp4').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    const restored = cardOf(page, 'birds.mp4').getByRole('link', { name: 'birds.mp4' });
    await restored.and(page.locator(':focus')).waitFor();
    await remove.press('Enter');
    await cardOf(page, 'birds.mp4').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await restored.and(page.locator(':focus')).waitFor();
    await remove.click();
    await page.getByText('birds.mp4 is deleted').waitFor();
    expect((await person.fetch(`/video/${video.id}`)).status).toBe(200);
    await page.goto('about:blank');
    await eventually(
      async () => (await person.fetch(`/video/${video.id}`)).status === 404,
      'the video to go',
    );
  });
});
