import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';
import { visit, type Visit } from './visit.ts';

/** What the tests of a file look at the page with; it is there once they begin. */
export interface Stage {
  system: System;
  browser: Browser;
}

/** Start a system and a browser before the tests of this file, and end them behind. */
export function setStage(env: Record<string, string> = {}): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    [stage.system, stage.browser] = await Promise.all([startSystem({ env }), launchChromium()]);
  });
  afterAll(async () => {
    await stage.browser.close();
    await stage.system.remove();
  });
  return stage;
}

/** A person who is new, and their visit. */
export interface Guest extends Visit {
  person: ApiPerson;
}

/** Let somebody new look at the page. */
export async function receive({ system, browser }: Stage): Promise<Guest> {
  const person = await registerPerson(system.url);
  return Object.assign(await visit(browser, system.url), { person });
}

/** End a visit, in which nothing may have gone wrong unseen. */
export async function seeOff(guest: Visit): Promise<void> {
  await guest.context.close();
  expect(guest).toMatchObject({ complaints: [], foreignRequests: [] });
}
