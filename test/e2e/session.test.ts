import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page, Request, Route } from 'playwright-core';
import type { ApiPerson } from '../support/person.ts';
import { logIn } from './page-actions.ts';
import { receive, seeOff, setStage, type Guest } from './stage.ts';

const stage = setStage();

const refusal = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: code, status, code }),
});

describe('a session on the page', () => {
  let guest: Guest;
  let person: ApiPerson;
  let page: Page;
  /** The key of each renewal that was asked for. */
  let renewals: (string | undefined)[];
  beforeEach(async () => {
    guest = await receive(stage);
    ({ person, page } = guest);
    renewals = [];
    guest.context.on('request', (request) => {
      if (request.url().endsWith('/refresh')) renewals.push(request.headers()['idempotency-key']);
    });
    await logIn(page, person.email);
  });
  afterEach(() => seeOff(guest));

  const openTabs = async (): Promise<Page[]> => {
    const others = await Promise.all([1, 2, 3].map(() => guest.context.newPage()));
    return [page, ...others];
  };

  test('sends what was refused once more, and whole', async () => {
    await page.goto(`${stage.system.url}/#/account/profile`);
    await page.getByLabel('Name').fill('Zoë');
    const refusals = [refusal(503, 'overloaded', { 'Retry-After': '1' }), refusal(401, 'unauthorized')];
    const sent: Request[] = [];
    await page.route('**/me', async (route) => {
      if (route.request().method() !== 'PATCH') return route.fallback();
      sent.push(route.request());
      const answer = refusals.shift();
      return answer ? route.fulfill(answer) : route.continue();
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    expect(await (await person.fetch('/me')).json()).toMatchObject({ name: 'Zoë' });
    expect(sent.map((request) => request.postDataJSON() as unknown)).toEqual(
      Array(3).fill({ name: 'Zoë', locale: 'en' }),
    );
    const [first, second, third] = sent.map((request) => request.headers().authorization);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(renewals).toHaveLength(1);
  });

  test('is renewed once for all its tabs, whichever of them asks', async () => {
    const tabs = await openTabs();
    // From where nothing is asked for the person: else a renewal could break off as its page is left.
    await page.goto(`${stage.system.url}/docs`);
    await page.evaluate("localStorage.removeItem('accessToken')");
    await Promise.all(tabs.map((tab) => tab.goto(stage.system.url)));
    for (const tab of tabs) await tab.getByText('No videos yet').waitFor();
    // A tab may see late what another one has stored; then it repeats that one's renewal, by its key.
    expect([...new Set(renewals)]).toEqual([expect.any(String)]);
  });

  test('is kept when the page is reloaded while it renews it', async () => {
    await page.evaluate("localStorage.removeItem('accessToken')");
    // The server has answered, and nobody was there to hear it.
    const loseAnswer = async (route: Route) => {
      await route.fetch();
      await route.abort();
    };
    await page.route('**/refresh', loseAnswer, { times: 1 });
    const lost = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/refresh'));
    await page.reload();
    await lost;
    await page.reload();
    await page.getByText('No videos yet').waitFor();
  });

  test('is shared by all tabs, through reloads, to the way out', async () => {
    const tabs = await openTabs();
    await Promise.all(tabs.map((tab) => tab.goto(stage.system.url).then(() => tab.reload())));
    for (const tab of tabs) await tab.getByText('No videos yet').waitFor();
    expect(renewals).toEqual([]);
    await page.getByRole('button', { name: 'Log out' }).click();
    for (const tab of tabs) await tab.getByRole('heading', { name: 'Log in' }).waitFor();
  });
});
