import { fill, type Params, type Text } from './fill.ts';
import { locale, type Locale } from './index.ts';

/**
 * Texts that are loaded with the part of the page that needs them.
 * @returns what {@link t} is for the texts of the whole page
 */
export function dictionary<Key extends string>(
  en: Record<Key, Text>,
  ptBR: Record<Key, Text>,
): (key: Key, params?: Params) => string {
  const tables: Record<Locale, Record<Key, Text>> = { en, 'pt-BR': ptBR };
  return (key, params) => fill(tables[locale.value][key], params, locale.value);
}
