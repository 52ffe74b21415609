import { dictionary } from '../../i18n/dictionary.ts';
import { en } from './en.ts';
import { ptBR } from './pt-BR.ts';

export type AccountTextKey = keyof typeof en;

/** A text of the account's views in the language of now. */
export const a = dictionary<AccountTextKey>(en, ptBR);

/** The text of a name that the server has chosen; undefined for one of a later version. */
export function named(prefix: 'event' | 'status', name: string): string | undefined {
  const key = `${prefix}_${name}`;
  return Object.hasOwn(en, key) ? a(key as AccountTextKey) : undefined;
}
