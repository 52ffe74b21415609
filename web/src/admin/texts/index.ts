import { dictionary } from '../../i18n/dictionary.ts';
import { en } from './en.ts';
import { ptBR } from './pt-BR.ts';

export type AdminTextKey = keyof typeof en;

/** A text of the views for administrators in the language of now. */
export const d = dictionary<AdminTextKey>(en, ptBR);
