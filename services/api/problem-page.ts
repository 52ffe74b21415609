import type { IncomingMessage } from 'node:http';
import type { Locale } from '../../lib/contracts.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { plainPage } from './plain-page.ts';

/** Addresses that people are given and open in a browser, not programs. */
const GIVEN_TO_PEOPLE = /^\/(?:links|exports|unsubscribe)\//;

/** Whether whoever asks is a person before a browser, who can do nothing with JSON. */
export const isForPerson = ({ url = '', headers: { accept = '' } }: IncomingMessage): boolean =>
  GIVEN_TO_PEOPLE.test(url) && /\btext\/html\b/.test(accept) && !/\bjson\b/.test(accept);

const words = {
  en: {
    not_found: ['This link does not work', 'It was revoked or used up, or it is not complete.'],
    expired: ['This link has ended', 'Links work for a while only, and so does what they lead to.'],
    other: ['That did not work just now', 'Nothing is lost. Wait a moment, then open the link again.'],
    ask: 'Ask for a new one where you got it.',
    home: 'What is this?',
  },
  'pt-BR': {
    not_found: ['Este link não funciona', 'Ele foi revogado ou já usado, ou está incompleto.'],
    expired: ['Este link terminou', 'Links funcionam só por um tempo, e aquilo a que eles levam também.'],
    other: ['Não funcionou agora', 'Nada se perdeu. Espere um momento e abra o link novamente.'],
    ask: 'Peça um novo onde você o recebeu.',
    home: 'O que é isto?',
  },
} as const;

/** What somebody sees whose link gives nothing: what happened, and what to do. */
export function problemPage({ headers }: IncomingMessage, code: ProblemCode): string {
  const locale = localeOf(headers['accept-language']);
  const { ask, home, ...kinds } = words[locale];
  const isOver = code === 'not_found' || code === 'expired';
  const [title, more] = kinds[isOver ? code : 'other'];
  const sentences = isOver ? `${more} ${ask}` : more;
  return plainPage(locale, title, `<p>${sentences}</p>\n<p><a href="/">${home}</a></p>`);
}

/** Browsers name the languages in the order of their wish. */
function localeOf(wanted = ''): Locale {
  const known = /(?:^|,)\s*(pt|en)\b/i.exec(wanted)?.[1]?.toLowerCase();
  return known === 'pt' ? 'pt-BR' : 'en';
}
