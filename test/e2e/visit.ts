import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** Somebody's browser, as a test looks at it. */
export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What the console was told of errors, refused requests aside: those are part of some stories. */
  complaints: string[];
  /** Requests to any other host. */
  foreignRequests: string[];
}

/** Open the page in a browser of its own, with nothing kept from earlier visits. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const made: Visit = { context, page, complaints: [], foreignRequests: [] };
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      made.complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => made.complaints.push(String(error)));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'blob:' && origin !== new URL(url).origin) made.foreignRequests.push(request.url());
  });
  await page.goto(url);
  return made;
}
