import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { footage } from '../support/footage.ts';
import { accessibilityFaults, logIn, overflows } from './page-actions.ts';
import { receive, seeOff, setStage, type Guest } from './stage.ts';

const stage = setStage();

describe('an archive is shared on the page', () => {
  let guest: Guest;
  let page: Page;
  beforeEach(async () => {
    guest = await receive(stage);
    ({ page } = guest);
    await guest.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const { id } = await guest.person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
    await guest.person.waitFor(id, 'completed');
    await logIn(page, guest.person.email);
    await page.goto(`${stage.system.url}/#/video/${id}`);
  });
  afterEach(() => seeOff(guest));

  const share = () => page.getByRole('button', { name: 'Share' });
  const dialog = () => page.getByRole('dialog', { name: 'Share the ZIP' });
  const make = () => dialog().getByRole('button', { name: 'Make a link' });
  // The mail about the video has made another link, for a day.
  const weekLong = () => dialog().getByRole('listitem').filter({ hasText: 'Ends in 7 days' });

  /** @returns the link, as it was copied */
  const makeLink = async (): Promise<string> => {
    await share().press('Enter');
    await dialog().getByLabel('How long it works').selectOption('7 days');
    await make().press('Enter');
    const copy = dialog().getByRole('button', { name: 'Copy' });
    await copy.and(page.locator(':focus')).waitFor();
    await copy.press('Enter');
    await dialog().getByRole('status').getByText('Copied').waitFor();
    await weekLong().waitFor();
    return page.evaluate<string>('navigator.clipboard.readText()');
  };

  test('by a link that works until it is revoked, with the keyboard and on a telephone', async () => {
    const url = await makeLink();
    expect((await fetch(url)).headers.get('content-type')).toBe('application/zip');
    expect([await accessibilityFaults(page), await overflows(page)]).toEqual([[], []]);
    await weekLong()
      .getByRole('button', { name: /^Revoke the link made/ })
      .press('Enter');
    await page
      .getByRole('dialog', { name: 'Revoke this link?' })
      .getByRole('button', { name: 'Revoke', exact: true })
      .press('Enter');
    await weekLong().waitFor({ state: 'detached' });
    await dialog().getByRole('heading', { name: 'Share the ZIP' }).and(page.locator(':focus')).waitFor();
    expect((await fetch(url)).status).toBe(404);
    await page.keyboard.press('Escape');
    await share().and(page.locator(':focus')).waitFor();

    const opened = await guest.context.newPage();
    await opened.goto(url);
    await opened.getByRole('heading', { name: 'This link does not work' }).waitFor();
    expect([await accessibilityFaults(opened), await overflows(opened)]).toEqual([[], []]);
  });

  test('by a link whose end its receiver is told', async () => {
    const url = await makeLink();
    await stage.system.query('video', "UPDATE links SET expires_at = now() - interval '1 second'");
    await page.goto(url);
    await page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  });

  test('or it says why not, and what to do', async () => {
    const refuse = (status: number, code: string) => ({
      status,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'about:blank', title: code, status, code }),
    });
    const refusals = [refuse(500, 'internal_error'), refuse(409, 'invalid_state'), refuse(410, 'expired')];
    await page.route('**/links', (route) => {
      const refusal = refusals.shift();
      return refusal ? route.fulfill(refusal) : route.continue();
    });
    await share().click();
    await dialog().getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor();
    await make().click();
    await dialog().getByText('Revoke one, then make another.').waitFor();
    await make().click();
    await dialog().getByText('Extract the frames again, then share them.').waitFor();
    await dialog().getByRole('button', { name: 'Try again' }).click();
    await dialog().getByText('Your own downloads and our mails make links, too').waitFor();
  });
});
