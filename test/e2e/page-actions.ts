import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { en } from '../../web/src/i18n/en/index.ts';
import { fill } from '../../web/src/i18n/fill.ts';
import { ptBR } from '../../web/src/i18n/pt-BR/index.ts';
import { openArchive } from '../support/archive.ts';
import { PASSWORD } from '../support/person.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A video's card in the list. */
export const cardOf = (page: Page, filename: string): Locator =>
  page.locator('.video').filter({ has: page.getByRole('link', { name: filename, exact: true }) });

/** What the page says in a language. */
export function wordsOf(locale: 'en' | 'pt-BR') {
  const { texts } = locale === 'pt-BR' ? ptBR : en;
  return (key: keyof typeof en.texts) => fill(texts[key], {}, locale);
}

export async function logIn(page: Page, email: string, say = wordsOf('en')): Promise<void> {
  await page.getByLabel(say('email')).fill(email);
  await page.getByLabel(say('password')).fill(PASSWORD);
  await page.getByRole('button', { name: say('logIn') }).click();
  await page.getByRole('heading', { name: say('yourVideos') }).waitFor();
}

/** Choose files, and take the recipe that the dialog offers. */
export async function upload(page: Page, files: string[]): Promise<void> {
  await page.locator('.chooser input[type=file]').first().setInputFiles(files);
  const dialog = page.getByRole('dialog', { name: 'Upload videos' });
  await dialog.getByRole('button', { name: /^Upload/ }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** So slow that a person, or a test, sees the progress; 0 is as fast as it goes. */
export async function limitUploads(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond || -1,
  });
}

/** Press a button that downloads an archive, and open it. */
export async function downloadBy(page: Page, button: Locator) {
  const downloading = page.waitForEvent('download');
  await button.click();
  const file = await downloading;
  const archive = await openArchive(await readFile(await file.path()));
  const { frames, expectedFrames } = archive.manifest;
  if (frames.length !== expectedFrames) throw new Error(`${frames.length} of ${expectedFrames} frames`);
  return { filename: file.suggestedFilename(), names: archive.names };
}

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** What axe finds wrong with what is shown now, of the kinds that keep people out. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResult>('axe.run(document, { resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** The narrowest telephones, and the usual ones. */
const NARROW = [320, 360];

/** What is wider than its place on a telephone, of the page and the dialogs over it: nobody scrolls aside to read. */
export async function overflows(page: Page): Promise<string[]> {
  const before = page.viewportSize();
  const found: string[] = [];
  for (const width of NARROW) {
    await page.setViewportSize({ width, height: 640 });
    found.push(
      ...(await page.evaluate<
        string[]
      >(`[document.documentElement, ...document.querySelectorAll('dialog[open]')]
        .filter((it) => it.scrollWidth > it.clientWidth)
        .map((it) => it.tagName + ' ' + it.scrollWidth + ' at ' + innerWidth)`)),
    );
  }
  if (before) await page.setViewportSize(before);
  return found;
}
