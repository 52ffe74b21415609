import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { json, PASSWORD, problemOf } from '../support/person.ts';
import { expectAccessible } from './account-actions.ts';

/** Press a button, and the one that does it in the question that comes; waits until it is done. */
async function doConfirmed(page: Page, button: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: answer, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Open a part of the administration; waits until it is loaded. */
async function openAdminPart(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Parts of the administration' })
    .getByRole('link', { name })
    .click();
  await page.getByRole('heading', { name: `Administration: ${name}`, level: 1 }).waitFor();
  await page.locator('.admin .card').first().waitFor();
  await page.locator('.admin .loading').first().waitFor({ state: 'detached' });
}

/** Look at a failed job, and have it run again; the jobs are shown already. */
export async function runAgain(page: Page, filename: string, code: string): Promise<void> {
  await page.getByRole('heading', { name: filename }).waitFor();
  await page.getByRole('button', { name: `Details of ${filename}` }).click();
  await page.getByRole('dialog').getByText(code).waitFor();
  await expectAccessible(page, 'a job');
  await page.keyboard.press('Escape');
  await doConfirmed(page, `Run ${filename} again`, 'Run again');
  await page.getByRole('heading', { name: filename }).nth(1).waitFor();
}

/** Close somebody's account, open it again, and make them an administrator. */
export async function shutOutAndPromote(page: Page, email: string, url: string): Promise<void> {
  await openAdminPart(page, 'People');
  await page.getByLabel('Part of the address or the name').fill(email);
  await page.getByRole('button', { name: 'Search' }).click();
  await doConfirmed(page, `Close the account of ${email}`, 'Close the account');
  await page.getByText('Closed', { exact: true }).waitFor();
  const entering = await fetch(`${url}/login`, json({ email, password: PASSWORD }));
  expect(await problemOf(entering)).toEqual([403, 'account_disabled']);
  await doConfirmed(page, `Open the account of ${email} again`, 'Open again');
  await doConfirmed(page, `Make ${email} an administrator`, 'Make administrator');
  await page.getByText('Administrator', { exact: true }).waitFor();
}

/** Take the only process out of work, and back into it. */
export async function drainAndResume(page: Page): Promise<void> {
  await openAdminPart(page, 'Processes');
  await page.getByText('Works', { exact: true }).waitFor();
  const node = await page.locator('.admin .row-title').first().innerText();
  await doConfirmed(page, `Drain ${node}`, 'Drain');
  await page.getByText('Drained', { exact: true }).waitFor();
  await doConfirmed(page, `Resume ${node}`, 'Resume');
  await page.getByText('Works', { exact: true }).waitFor();
}

/** Every part can be used by everybody, on a telephone, and in another language. */
export async function seeEveryPart(page: Page): Promise<void> {
  for (const name of ['Jobs', 'People', 'Queues', 'Processes', 'What was done']) {
    await openAdminPart(page, name);
    await expectAccessible(page, name);
    await page.setViewportSize({ width: 360, height: 640 });
    expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, 360]);
    await page.setViewportSize({ width: 1280, height: 720 });
  }
  await page.getByRole('heading', { name: 'Account closed' }).waitFor();
  await page.getByLabel('Language').selectOption('pt-BR');
  await page.getByRole('heading', { name: 'Conta fechada' }).waitFor();
  await page.getByLabel('Idioma').selectOption('en');
}
