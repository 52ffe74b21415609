import type { Locale } from '../../../lib/contracts.ts';

/** A text; a plural one has a form for one and a form for the rest. */
export type Text = string | { one: string; other: string };

export type Params = Record<string, string | number>;

/**
 * Put values into a text.
 * @param params by their names in {braces}; numbers are written as the language does; `count` chooses the plural form
 */
export function fill(text: Text, params: Params = {}, locale: Locale): string {
  const form = typeof text === 'string' ? text : text[formOf(params.count, locale)];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? value.toLocaleString(locale) : value;
  });
}

const formOf = (count: string | number | undefined, locale: Locale): 'one' | 'other' =>
  new Intl.PluralRules(locale).select(Number(count ?? 0)) === 'one' ? 'one' : 'other';
