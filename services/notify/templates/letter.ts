import type { Locale } from '../../../lib/contracts.ts';
import { setHtml } from './letter-html.ts';
import { productName } from './words.ts';

/** A part of a letter. Texts are plain; the HTML is made in ./letter-html.ts and nowhere else. */
export type Part =
  | { kind: 'paragraph'; text: string }
  | { kind: 'facts'; facts: [label: string, value: string][] }
  | { kind: 'list'; title: string; items: string[] }
  /** What the letter wants its reader to do: one in each letter, if any. */
  | { kind: 'button'; label: string; url: string }
  | { kind: 'link'; label: string; url: string }
  /** An attachment of the mail; plain text has nothing of it. `width` and `height` in CSS pixels. */
  | { kind: 'picture'; cid: string; alt: string; width: number; height: number };

/** A line below the letter, with a link or without. */
export interface Footnote {
  text: string;
  url?: string;
}

/** What a template writes. */
export interface Letter {
  subject: string;
  /** What a list of mails shows beside the subject; left out, the letter's first words. */
  preview?: string;
  parts: Part[];
  /** Why the reader gets this, and what they can do about it. */
  footnotes?: Footnote[];
}

/** A mail's content. */
export interface Content {
  subject: string;
  text: string;
  html: string;
}

/**
 * Set a letter as plain text and as HTML that says the same.
 * @param publicUrl where the page is: the letter's head links to it
 */
export function setLetter(letter: Letter, locale: Locale, publicUrl: string): Content {
  const parts = letter.parts.map((part) => asText(part)).filter((text) => text !== '');
  const notes = (letter.footnotes ?? []).map(({ text, url }) => (url ? `${text}:\n${url}` : text));
  const foot = notes.length > 0 ? [`-- \n${notes.join('\n')}`] : [];
  return {
    subject: letter.subject,
    text: `${[...parts, ...foot].join('\n\n')}\n`,
    html: setHtml(letter, { locale, publicUrl, product: productName[locale] }),
  };
}

function asText(part: Part): string {
  switch (part.kind) {
    case 'paragraph':
      return part.text;
    case 'facts':
      return part.facts.map(([label, value]) => `${label}: ${value}`).join('\n');
    case 'list':
      return [part.title, ...part.items.map((item) => `- ${item}`)].join('\n');
    case 'button':
    case 'link':
      return `${part.label}:\n${part.url}`;
    case 'picture':
      return '';
  }
}
