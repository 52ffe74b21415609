import { expect } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Fill in and send the form that is shown for logging in. */
export async function logIn(page: Page, email: string, password: string, code?: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  if (code === undefined) return;
  await page.getByLabel('Code from your authenticator app').fill(code);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** From the list to the account; waits until somebody is logged in. */
export const openAccount = (page: Page) => page.getByRole('link', { name: 'Account', exact: true }).click();

/** The first link in a mail that leads to a view of the page. */
export function linkIn(text: string, view: string): string {
  const link = new RegExp(`https?://\\S+/#/${view}/[\\w-]+`).exec(text)?.[0];
  if (!link) throw new Error(`No link to ${view} in: ${text}`);
  return link;
}

/** Open a part of the account by its place in the list of parts. */
export async function openPart(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Parts of your account' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** Whether people can perceive and use what is shown: what axe-core finds serious or critical, in both themes. */
export async function expectAccessible(page: Page, place: string): Promise<void> {
  await page.evaluate(axe.source);
  const findings = await run(page, '');
  await page.emulateMedia({ colorScheme: 'dark' });
  findings.push(...(await run(page, "{ runOnly: ['color-contrast'] }")));
  await page.emulateMedia({ colorScheme: 'light' });
  const serious = findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${place}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(serious).toEqual([]);
}

const run = (page: Page, options: string) =>
  page.evaluate<Finding[]>(`axe.run(${options}).then(({ violations }) => violations)`);

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[] }[];
}
