import type { Locale } from '../../lib/contracts.ts';
import { escapeHtml as escape } from '../../lib/html.ts';

/**
 * A page that the gateway makes by itself; it works without a script.
 * @param main HTML, in which nothing is left to be escaped
 */
export const plainPage = (locale: Locale, title: string, main: string) => `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/plain.css">
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${main}
</main>
</body>
</html>
`;

/** What goes with such a page: it is made for one person, and says nothing to anybody else. */
export const plainPageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex',
};
