import { readFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openArchive } from '../support/archive.ts';

/** What runs inside the page; there are no types for it here. */
export const inPage = {
  askFiveTimes: `import('/session.js').then(({ request }) =>
    Promise.all(Array.from({ length: 5 }, async () => (await request('/me')).status)))`,
  saveIntoBrowserFolder: `window.showSaveFilePicker = async () =>
    (await navigator.storage.getDirectory()).getFileHandle('saved.zip', { create: true })`,
  savedSize: `navigator.storage.getDirectory()
    .then((folder) => folder.getFileHandle('saved.zip', { create: true }))
    .then((handle) => handle.getFile())
    .then(({ size }) => size)`,
  newTransfer: `({ name, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: 'video/mp4' }));
    return transfer;
  }`,
};

/** A video's row. */
export const rowOf = (page: Page, filename: string) =>
  page.locator('#videos li').filter({ has: page.getByRole('heading', { name: filename, exact: true }) });

export async function fillAccount(page: Page, email: string, password: string): Promise<void> {
  await page.locator('#email').fill(email);
  await page.locator('#password').fill(password);
}

/** So slow that a person, or a test, sees the progress. */
export async function slowUploadsDown(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

/** Drop a file from outside the browser onto the page. */
export async function dropFile(page: Page, path: string, name: string): Promise<void> {
  const file = JSON.stringify({ name, base64: await readFile(path, 'base64') });
  const dataTransfer = await page.evaluateHandle(`(${inPage.newTransfer})(${file})`);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer });
}

/** Download a video's archive, and open it. */
export async function download(page: Page, filename: string) {
  const downloading = page.waitForEvent('download');
  await rowOf(page, filename).getByRole('button', { name: 'Download' }).click();
  const file = await downloading;
  const archive = await openArchive(await readFile(await file.path()));
  expect(archive.manifest.frames).toHaveLength(archive.manifest.expectedFrames);
  return { filename: file.suggestedFilename(), names: archive.names };
}

/** Ask to delete a video, and answer the question that follows. */
export async function remove(page: Page, filename: string, answer: 'Delete' | 'Keep it'): Promise<void> {
  await rowOf(page, filename).getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`Delete “${filename}” and its frames?`).waitFor();
  await dialog.getByRole('button', { name: answer }).click();
  await dialog.waitFor({ state: 'hidden' });
}
