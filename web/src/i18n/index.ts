import { effect, signal } from '@preact/signals';
import type { Locale } from '../../../lib/contracts.ts';
import { readChoice, writeChoice } from '../choices.ts';
import { en } from './en/index.ts';
import { ptBR } from './pt-BR/index.ts';
import { fill, type Params } from './fill.ts';
import { preferredLocale } from './preferred-locale.ts';

export type { Locale };

/** Every text of the page by its key. A language that lacks one is an error of types. */
export type TextKey = keyof typeof en.texts;

const dictionaries = { en, 'pt-BR': ptBR } as const;

/** The languages by their own names. */
export const languages: Record<Locale, string> = { en: 'English', 'pt-BR': 'Português' };

const isLocale = (value: string | null): value is Locale =>
  value !== null && Object.hasOwn(dictionaries, value);

const chosen = readChoice('locale');

/** The language that is spoken now. Components that call {@link t} follow its changes. */
export const locale = signal<Locale>(isLocale(chosen) ? chosen : preferredLocale(navigator.languages));

/** Choose a language, for this device. */
export function setLocale(wanted: Locale): void {
  locale.value = wanted;
  writeChoice('locale', wanted);
}

/** Tell the document its language, and follow the choice made in another tab. */
export function startLocale(): void {
  effect(() => {
    document.documentElement.lang = locale.value;
  });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === 'locale' && isLocale(newValue)) locale.value = newValue;
  });
}

/**
 * A text in the language of now.
 * @param params what stands in its {braces}; `count` chooses between singular and plural
 */
export function t(key: TextKey, params?: Params): string {
  return fill(dictionaries[locale.value].texts[key], params, locale.value);
}

/** The sentence of a problem's code: what happened and what to do; undefined for a code of a later version. */
export const problemText = (code: string): string | undefined => lookUp('problems', code);

/** Why an extraction failed, by its code, and what to do. */
export const failureText = (code: string): string | undefined => lookUp('failures', code);

/** What is wrong with a field: by its path and the fault's code, else by its path alone. */
export const fieldText = (path: string, code?: string): string | undefined =>
  (code === undefined ? undefined : lookUp('fields', `${path}:${code}`)) ?? lookUp('fields', path);

function lookUp(table: 'problems' | 'failures' | 'fields', key: string): string | undefined {
  const texts: Record<string, string> = dictionaries[locale.value][table];
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}
