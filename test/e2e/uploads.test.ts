import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import type { ApiPerson } from '../support/person.ts';
import { cardOf, limitUploads, logIn, upload } from './page-actions.ts';
import { receive, seeOff, setStage, type Guest } from './stage.ts';

const stage = setStage();

/** Slow enough to be caught in the middle. */
const SLOW = 700_000;
const CITY = 'city-mpeg1.mpg';

describe('an upload on the page', () => {
  let person: ApiPerson;
  let guest: Guest;
  let page: Page;
  beforeEach(async () => {
    guest = await receive(stage);
    ({ person, page } = guest);
    await logIn(page, person.email);
  });
  afterEach(() => seeOff(guest));

  const row = (name = CITY) => page.locator('.upload').filter({ hasText: name });
  const percent = async (of: Locator) =>
    Number(await of.getByRole('progressbar').getAttribute('aria-valuenow'));
  const beginSlowly = async () => {
    await limitUploads(page, SLOW);
    await upload(page, [footage(CITY)]);
    await eventually(async () => (await percent(row())) > 4, 'a part of the upload');
  };
  const press = (name: string) =>
    row()
      .getByRole('button', { name: `${name}: ${CITY}` })
      .click();
  const listed = async () =>
    ((await (await person.fetch('/video')).json()) as { items: unknown[] }).items.length;

  test('waits where it was paused, goes on from there, and leaves nothing behind when it is canceled', async () => {
    const creations: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/uploads')) creations.push(request.url());
    });
    await beginSlowly();
    await press('Pause');
    await row().getByText('Paused').waitFor();
    await row()
      .getByRole('button', { name: /^Continue/ })
      .and(page.locator(':focus'))
      .waitFor();
    const reached = await percent(row());
    await page.reload();
    await row().getByText('Paused').waitFor();
    await press('Continue');
    await row()
      .getByText(/\/s · .+ left/)
      .waitFor();
    await eventually(async () => (await percent(row())) > reached, 'the upload to go on');
    const givingUp = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await press('Cancel');
    await row().waitFor({ state: 'detached' });
    const { pathname } = new URL((await givingUp).url());
    const headers = { 'tus-resumable': '1.0.0' };
    const { status } = await person.fetch(pathname, { method: 'HEAD', headers });
    expect({ status, creations: creations.length, listed: await listed() }).toEqual({
      status: 404,
      creations: 1,
      listed: 0,
    });
  });

  test('outlives the network: it says so, and goes on by itself when the connection is back', async () => {
    await beginSlowly();
    await guest.context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await guest.context.setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
    await limitUploads(page, 0);
    await cardOf(page, CITY).getByText('Ready').waitFor();
    expect(await listed()).toBe(1);
  });

  test('asks for the file once more where the browser has lost it, and takes no other', async () => {
    await beginSlowly();
    await press('Pause');
    await row().getByText('Paused').waitFor();
    await page.evaluate(`new Promise((resolve, reject) => {
      const opening = indexedDB.open('uploads');
      opening.onerror = reject;
      opening.onsuccess = () => {
        const transaction = opening.result.transaction('sources', 'readwrite');
        transaction.objectStore('sources').clear();
        transaction.oncomplete = resolve;
      };
    })`);
    await page.reload();
    await row().getByText('Choose the same file once more; it goes on where it stopped').waitFor();
    await row().locator('input[type=file]').setInputFiles(footage('birds.mp4'));
    await page.getByText(`This is another file. Choose ${CITY} as it was.`).waitFor();
    await row().locator('input[type=file]').setInputFiles(footage(CITY));
    await limitUploads(page, 0);
    await cardOf(page, CITY).getByText('Ready').waitFor();
  });

  test('begins with files that are dropped anywhere', async () => {
    const clips = await Promise.all(
      ['birds.mp4', 'hello-mpeg2.mpeg'].map(async (name) => ({
        name,
        base64: (await readFile(footage(name))).toString('base64'),
      })),
    );
    const transfer = await page.evaluateHandle(
      `((clips) => {
        const transfer = new DataTransfer();
        for (const { name, base64 } of clips) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name));
        }
        return transfer;
      })(${JSON.stringify(clips)})`,
    );
    await page.locator('main').dispatchEvent('dragover', { dataTransfer: transfer });
    await page.getByText('Drop to upload').waitFor();
    await page.locator('main').dispatchEvent('drop', { dataTransfer: transfer });
    const dialog = page.getByRole('dialog', { name: 'Upload videos' });
    await dialog.getByRole('button', { name: 'Upload 2 videos' }).click();
    for (const { name } of clips) await cardOf(page, name).getByText('Ready').waitFor();
  });
});
