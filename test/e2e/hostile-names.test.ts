import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { json, PASSWORD, registerPerson, type ApiPerson } from '../support/person.ts';
import { hostileNames } from '../security/hostile-names.ts';
import { startSystem, type System } from '../support/system.ts';
import { logIn } from './page-actions.ts';
import { visit } from './visit.ts';

let system: System;
let browser: Browser;
let person: ApiPerson;
const MARKUP = hostileNames[0] ?? '';
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem(), launchChromium()]);
  person = await registerPerson(system.url, { name: MARKUP });
  // None of them is a video: how it failed is told in letters, notices and on the page, with its name.
  for (const filename of hostileNames) {
    const { id } = await person.upload(Buffer.from(filename), { filename });
    await person.waitFor(id, 'failed');
  }
  await person.fetch('/me/keys', json({ name: MARKUP, scope: 'read' }));
  await person.fetch(
    '/login',
    json({ email: person.email, password: PASSWORD }, { headers: { 'user-agent': MARKUP } }),
  );
});
afterAll(async () => {
  await browser.close();
  await system.remove();
});

test('names are text wherever the page shows them: nothing of them runs, and nothing is loaded for them', async () => {
  const guest = await visit(browser, system.url);
  const { page } = guest;
  await logIn(page, person.email);
  const { items } = (await (await person.fetch('/video')).json()) as {
    items: { id: string; filename: string }[];
  };
  expect(items).toHaveLength(hostileNames.length);
  for (const { filename } of items) await page.getByText(filename, { exact: true }).first().waitFor();
  for (const { id, filename } of items) {
    await page.goto(`${system.url}/#/video/${id}`);
    await page.getByRole('heading', { name: filename }).waitFor();
  }
  for (const part of ['profile', 'keys', 'sessions', 'security', 'notifications']) {
    await page.goto(`${system.url}/#/account/${part}`);
    await page.locator('main h1, main h2').first().waitFor();
  }
  expect(await page.title()).not.toBe('canary');
  const injected = await page.locator('[onerror], [onload], body script, iframe, object, embed').count();
  expect({ injected, ...guest }).toMatchObject({ injected: 0, complaints: [], foreignRequests: [] });
  await guest.context.close();
});

test('the page may not be framed, and runs no script that is not a file of its own', async () => {
  const guest = await visit(browser, system.url);
  const { page } = guest;
  const outcome = await page.evaluate(async () => {
    const blocked: string[] = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => blocked.push(effectiveDirective));
    const script = document.createElement('script');
    const attempts: (() => unknown)[] = [
      () => (script.text = 'document.title = "canary"'),
      () => document.body.append(script),
      () => (document.body.innerHTML += '<img src=x onerror="document.title=`canary`">'),
      () => (0, eval)('document.title = "canary"'),
      () => fetch('https://evil.example/').catch(() => undefined),
      () => document.body.append(Object.assign(document.createElement('iframe'), { src: location.href })),
      () =>
        document.body.append(
          Object.assign(document.createElement('form'), { action: 'https://evil.example/', id: 'f' }),
        ),
    ];
    const errors: string[] = [];
    for (const attempt of attempts) {
      try {
        await attempt();
      } catch (error) {
        errors.push((error as Error).name);
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
    return { blocked, errors, title: document.title };
  });
  expect(outcome.title).not.toBe('canary');
  expect(outcome.errors).toEqual([]);
  expect(new Set(outcome.blocked)).toEqual(new Set(['x']));
  await guest.context.close();
});
