import type { Locale } from '../../../lib/contracts.ts';

/** What the browser asks for, as far as we speak it. */
export function preferredLocale(wanted: readonly string[]): Locale {
  for (const language of wanted) {
    if (/^pt\b/i.test(language)) return 'pt-BR';
    if (/^en\b/i.test(language)) return 'en';
  }
  return 'en';
}
