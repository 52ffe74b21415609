import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { openZip } from '../support/archive.ts';
import { launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { startMailCatcher, type MailCatcher } from '../support/mail-catcher.ts';
import { PASSWORD, problemOf, registerPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';
import { drainAndResume, runAgain, seeEveryPart, shutOutAndPromote } from './administration-actions.ts';
import { expectAccessible, linkIn, logIn, openAccount, openPart } from './account-actions.ts';

const NEW_PASSWORD = 'staple of another horse';
const ADMIN_EMAIL = 'admin@example.com';

let mails: MailCatcher;
let receiver: Receiver;
let system: System;
let browser: Browser;
beforeAll(async () => {
  [mails, receiver] = await Promise.all([startMailCatcher(), startReceiver()]);
  const webhooks = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' };
  const env = { ...webhooks, MAIL_URL: mails.url, ADMIN_EMAIL, ADMIN_PASSWORD: PASSWORD };
  [system, browser] = await Promise.all([startSystem({ env }), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await system.remove();
  await Promise.all([mails.stop(), receiver.stop()]);
});

describe('the account on the page', () => {
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ locale: 'en-US' });
    context.setDefaultTimeout(20_000);
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Refused requests are told there, too; those are part of the story.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        complaints.push(message.text());
      }
    });
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  const register = async (email: string) => {
    await page.goto(`${system.url}/#/register`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('link', { name: 'Account', exact: true }).waitFor();
  };

  const logOut = () => page.getByRole('button', { name: 'Log out' }).click();

  const confirmAddress = async (email: string) => {
    const { text } = await mails.waitFor(email, /confirm/i);
    await page.goto(linkIn(text, 'verify'));
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
    await page.goto(`${system.url}/#/account/profile`);
    await page.getByText('Confirmed', { exact: true }).waitFor();
  };

  const resetPassword = async (email: string) => {
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    const link = linkIn((await mails.waitFor(email, /new password/i)).text, 'reset');
    await page.goto(link);
    await page.getByLabel('New password').fill('password123');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('This password is among the first that attackers try.').waitFor();
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('Your new password is set.').waitFor();
    return link;
  };

  /** @returns the recovery codes */
  const setUpSecondStep = async (): Promise<string[]> => {
    await openPart(page, 'Second step');
    await page.getByLabel('Your password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set up' }).click();
    await page.getByRole('img', { name: /QR code/ }).waitFor();
    const secret = await page.locator('.secret code').innerText();
    const code = new TOTP({ secret: secret.replaceAll(' ', '') }).generate();
    await page.getByLabel('Code that the app shows').fill(code);
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
    const codes = await page.locator('.codes code').allInnerTexts();
    expect(codes).toHaveLength(10);
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('Your account asks for a code at each login.').waitFor();
    return codes;
  };

  const useAndRevokeKey = async () => {
    await openPart(page, 'API keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('What it is for').fill('Backup');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.locator('.secret code').innerText();
    const ask = () => fetch(`${system.url}/video`, { headers: { authorization: `Bearer ${key}` } });
    expect((await ask()).status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Revoke Backup' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('The key is revoked.').waitFor();
    await page.getByText('No keys yet').waitFor();
  };

  const endOtherSessions = async (email: string, code: string) => {
    const login = await fetch(`${system.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: NEW_PASSWORD, code }),
    });
    const { refreshToken } = (await login.json()) as { refreshToken: string };
    await openPart(page, 'Sessions');
    await page.getByText('This browser').waitFor();
    await page.getByRole('button', { name: 'End all others' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
    await page.getByText('You are logged in nowhere else.').waitFor();
    const refresh = await fetch(`${system.url}/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    });
    expect((await problemOf(refresh))[0]).toBe(401);
  };

  const chooseLanguage = async () => {
    await openPart(page, 'Profile');
    await page.getByLabel('Language of our mails').selectOption('Português');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    const choice = page.locator('.language select');
    await choice.selectOption('Português');
    await page.getByRole('heading', { name: 'Perfil', level: 1 }).waitFor();
    await choice.selectOption('English');
  };

  const deleteAccount = async (email: string, code: string) => {
    await openPart(page, 'Delete account');
    await page.getByLabel('Type your e-mail address to confirm').fill(email);
    await page.getByLabel('Your password').fill(NEW_PASSWORD);
    await page.getByLabel('Code from your authenticator app').fill(code);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('Your account is deleted.').waitFor();
  };

  test('goes from the first mail over every lock of the door to the last mail', async () => {
    const email = `${randomUUID()}@example.com`;
    await register(email);
    await confirmAddress(email);
    await logOut();
    const usedLink = await resetPassword(email);
    await logIn(page, email, NEW_PASSWORD);
    await openAccount(page);
    const [first = '', second = '', third = ''] = await setUpSecondStep();
    await logOut();
    await logIn(page, email, NEW_PASSWORD, first);
    await openAccount(page);
    await useAndRevokeKey();
    await endOtherSessions(email, second);
    await chooseLanguage();
    await openPart(page, 'Security log');
    await page.getByText('Second step switched on').waitFor();
    await deleteAccount(email, third);
    await logIn(page, email, NEW_PASSWORD);
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
    expect((await mails.waitFor(email, /excluída/)).text).toContain('Sua conta foi excluída');
    await page.goto(usedLink);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
  });

  test('tells news by the bell, and forgets that they were new', async () => {
    const email = `${randomUUID()}@example.com`;
    await register(email);
    await page.goto(`${system.url}/#/account/password`);
    await page.getByLabel('Your present password').fill('not my password');
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('This password is not right.').waitFor();
    await page.getByLabel('Your present password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('button', { name: 'News: one is new' }).click();
    await page.getByText('Your password was changed.').waitFor();
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await page.getByRole('button', { name: 'News', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Your password was changed.').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'News', exact: true }).waitFor();
  });

  test('tells a program what happens, shows what it answered, and sends it again', async () => {
    const person = await registerPerson(system.url);
    await page.goto(`${system.url}/#/login`);
    await logIn(page, person.email, PASSWORD);
    await openAccount(page);
    await openPart(page, 'Webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Address').fill('http://10.0.0.1/hook');
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    await page.getByText('This address lies in a private network.').waitFor();
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    const secret = await page.locator('.secret code').innerText();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Test' }).click();
    await eventually(() => receiver.received.length === 1, 'the test');
    await page.getByText('Deliveries', { exact: true }).click();
    await page.getByText('Delivered', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Send again' }).click();
    await eventually(() => receiver.received.length === 2, 'the test once more');
    const [first, again] = receiver.received.map(({ body, headers }) => {
      new StandardWebhook(secret).verify(body, headers);
      return headers['webhook-id'];
    });
    expect(again).toBe(first);
    await page.getByText('2 tries').waitFor();
  });

  test('gives everything that is held of its person as a ZIP', async () => {
    const person = await registerPerson(system.url);
    const video = await person.upload(footage('birds.mp4'), { filename: 'birds.mp4' });
    await person.waitFor(video.id, 'completed');
    await page.goto(`${system.url}/#/login`);
    await logIn(page, person.email, PASSWORD);
    await openAccount(page);
    await openPart(page, 'Export');
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Prepare the export' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the ZIP' }).click();
    const files = await openZip(await readFile(await (await downloading).path()));
    expect([...files.keys()].filter((name) => name.includes('birds'))).not.toEqual([]);
    expect([...files.values()].some((content) => content.includes(person.email))).toBe(true);
    await page.getByText('The download has started.').waitFor();
  });

  test('can be used by everybody, in both themes and on a telephone', async () => {
    const person = await registerPerson(system.url);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(`${system.url}/#/login`);
    await logIn(page, person.email, PASSWORD);
    await openAccount(page);
    const parts = page.getByRole('navigation', { name: 'Parts of your account' }).getByRole('link');
    await parts.first().waitFor();
    const names = await parts.allInnerTexts();
    expect(names.length).toBeGreaterThanOrEqual(11);
    for (const name of names) {
      await openPart(page, name);
      await page.locator('.account-content > *').first().waitFor();
      await page.locator('.account-content .loading').first().waitFor({ state: 'detached' });
      await expectAccessible(page, name);
      await page.setViewportSize({ width: 360, height: 640 });
      expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, 360]);
      await page.setViewportSize({ width: 1280, height: 720 });
    }
    await page.getByRole('button', { name: 'News' }).click();
    await page.getByRole('heading', { name: 'News' }).waitFor();
    await expectAccessible(page, 'the bell');
    await page.setViewportSize({ width: 360, height: 640 });
    await page.goto(`${system.url}/#/account`);
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor();
  });

  test('administrators look after jobs, people, queues and processes; for others there is nothing', async () => {
    const person = await registerPerson(system.url);
    const { id } = await person.upload(new TextEncoder().encode('no video'), { filename: 'broken.mp4' });
    await person.waitFor(id, 'failed');
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(`${system.url}/#/login`);
    await logIn(page, ADMIN_EMAIL, PASSWORD);
    await page.getByRole('link', { name: 'Administration' }).click();
    await runAgain(page, 'broken.mp4', 'not_a_video');
    await shutOutAndPromote(page, person.email, system.url);
    await drainAndResume(page);
    await seeEveryPart(page);

    await page.getByRole('button', { name: 'Log out' }).click();
    const other = await registerPerson(system.url);
    await logIn(page, other.email, PASSWORD);
    await page.getByRole('heading', { name: 'Your videos' }).waitFor();
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
    await page.goto(`${system.url}/#/admin/people`);
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
  });
});
