import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** Press a button, and the one of the same name in the question that comes; waits until it is done. */
export async function doConfirmed(page: Page, button: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: answer, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Open a part of the administration; waits until it is loaded. */
export async function openAdminPart(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Parts of the administration' })
    .getByRole('link', { name })
    .click();
  await page.getByRole('heading', { name: `Administration: ${name}`, level: 1 }).waitFor();
  await page.locator('.admin .card').first().waitFor();
  await page.locator('.admin .loading').first().waitFor({ state: 'detached' });
}

/** Nothing is wider than a telephone. */
export async function expectNarrow(page: Page, place: string): Promise<void> {
  await page.setViewportSize({ width: 360, height: 640 });
  expect([place, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([place, 360]);
  await page.setViewportSize({ width: 1280, height: 720 });
}
