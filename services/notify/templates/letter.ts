import type { Locale } from '../../../lib/contracts.ts';

/** A part of a letter. Texts are plain; the HTML is made here and nowhere else. */
export type Part =
  | { kind: 'paragraph'; text: string }
  | { kind: 'facts'; facts: [label: string, value: string][] }
  | { kind: 'list'; title: string; items: string[] }
  | { kind: 'link'; label: string; url: string }
  | { kind: 'small'; text: string };

/** What a template writes. */
export interface Letter {
  subject: string;
  parts: Part[];
}

/** A mail's content. */
export interface Content {
  subject: string;
  text: string;
  html: string;
}

/**
 * Set a letter as plain text and as HTML that says the same. The HTML loads nothing, needs no style sheet and leaves
 * the colours to the reader's light or dark theme.
 */
export function setLetter({ subject, parts }: Letter, locale: Locale): Content {
  const text = parts.map((part) => asText(part)).join('\n\n');
  const body = parts.map((part) => asHtml(part)).join('\n');
  return { subject, text: `${text}\n`, html: page(subject, body, locale) };
}

function asText(part: Part): string {
  switch (part.kind) {
    case 'paragraph':
      return part.text;
    case 'facts':
      return part.facts.map(([label, value]) => `${label}: ${value}`).join('\n');
    case 'list':
      return [part.title, ...part.items.map((item) => `- ${item}`)].join('\n');
    case 'link':
      return `${part.label}:\n${part.url}`;
    case 'small':
      return `-- \n${part.text}`;
  }
}

const styles = {
  page: "margin:0;padding:24px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5",
  column: 'max-width:560px;margin:0 auto',
  paragraph: 'margin:0 0 16px',
  label: 'padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:normal;opacity:.7',
  value: 'padding:2px 0;overflow-wrap:anywhere',
  button:
    'display:inline-block;padding:10px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none',
  small: 'margin:24px 0 0;font-size:13px;opacity:.7',
};

function asHtml(part: Part): string {
  switch (part.kind) {
    case 'paragraph':
      return `<p dir="auto" style="${styles.paragraph}">${lines(part.text)}</p>`;
    case 'facts':
      return `<table role="presentation" style="${styles.paragraph};border-spacing:0">${part.facts.map(row).join('')}</table>`;
    case 'list':
      return `<p style="margin:0">${escape(part.title)}</p><ul style="${styles.paragraph}">${part.items.map(item).join('')}</ul>`;
    case 'link':
      return `<p style="${styles.paragraph}"><a href="${escape(part.url)}" style="${styles.button}">${escape(part.label)}</a></p>`;
    case 'small':
      return `<p style="${styles.small}">${lines(part.text)}</p>`;
  }
}

const row = ([label, value]: [string, string]) =>
  `<tr><th style="${styles.label}">${escape(label)}</th><td dir="auto" style="${styles.value}">${escape(value)}</td></tr>`;

const item = (text: string) => `<li dir="auto">${escape(text)}</li>`;

const lines = (text: string) => escape(text).replace(/\r\n?|\n/g, '<br>');

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const page = (title: string, body: string, locale: Locale) => `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(title)}</title>
</head>
<body style="${styles.page}">
<div style="${styles.column}">
${body}
</div>
</body>
</html>
`;
