import { z } from 'zod';
import { localeSchema, type Locale } from '../../../lib/contracts.ts';
import { parse } from '../../../lib/errors.ts';
import { setLetter, type Content, type Letter } from './letter.ts';
import { storable } from '../../../lib/storable.ts';
import { oneLine } from './words.ts';

/** Whom a letter is for. */
export interface Reader {
  name: string | null;
  locale: Locale;
}

/** What is made anew for each sending of a letter; it goes without what could not be had. */
export interface Enclosures {
  /** Downloads the archive without a login. */
  download?: { url: string; expiresAt: Date } | undefined;
  /** A picture that the mail carries; its size in CSS pixels. */
  thumbnail?: { cid: string; width: number; height: number } | undefined;
  /** Switches the letter's kind off, without a login. */
  unsubscribeUrl?: string | undefined;
  /** The secret of a letter that proves that its reader has read it. */
  token?: { token: string; expiresAt: Date } | undefined;
}

/** What a template knows beside its payload. */
export interface Setting extends Enclosures {
  reader: Reader;
  /** Where the page is, without a slash at the end. */
  publicUrl: string;
}

/** Text in a payload. */
export const text = z.string().transform(storable);

/** What every payload may hold: the language to write in, whatever the reader's is. */
const language = { locale: localeSchema.optional() };

/** What the letter of a template is made of. */
type Fields = Record<string, z.ZodType>;

/**
 * Make a template of what its payload holds and how its letter is written.
 * @param fields the payload's fields
 * @param write gets the valid payload; the reader's locale is the one to write in
 */
export function template<F extends Fields>(
  fields: F,
  write: (payload: z.output<z.ZodObject<F>>, setting: Setting) => Letter,
) {
  const content = z.object(fields);
  return {
    /** What a payload must look like. */
    schema: z.strictObject({ ...fields, ...language }),
    /** @throws ProblemError `validation_failed` when the payload is not valid */
    render: (payload: object, { reader, ...setting }: Setting): Content => {
      const { locale = reader.locale } = parse(z.object(language), payload);
      const letter = write(parse(content, payload), { ...setting, reader: { ...reader, locale } });
      return setLetter(letter, locale, setting.publicUrl);
    },
  };
}

const greetings = {
  en: { named: (name: string) => `Hello, ${name}.`, plain: 'Hello.' },
  'pt-BR': { named: (name: string) => `Olá, ${name}.`, plain: 'Olá.' },
};

/** The greeting, with the name when there is one. */
export function greeting({ name, locale }: Reader): string {
  const shortName = oneLine(name ?? '', 60);
  return shortName ? greetings[locale].named(shortName) : greetings[locale].plain;
}

/** A filename as letters show it: hostile characters gone, short enough for a subject line. */
export const shown = (filename: string) => oneLine(filename, 60) || '—';

/** The page of one video. */
export const videoPage = (publicUrl: string, videoId: string) => `${publicUrl}/#/video/${videoId}`;

/** A moment as letters tell it: in UTC, because nobody knows where they are read. */
export const moment = (at: Date, locale: Locale) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at) +
  ' UTC';
