import type { Locale } from '../../../lib/contracts.ts';
import { escapeHtml as escape } from '../../../lib/html.ts';
import type { Footnote, Letter, Part } from './letter.ts';

/** What stands around a letter. */
interface Surroundings {
  locale: Locale;
  publicUrl: string;
  product: string;
}

/**
 * Set a letter as HTML. It loads nothing from elsewhere. Mail programs know only a part of HTML: the layout is tables
 * and inline styles (Outlook), light by itself; the style sheet adds the dark theme and small screens where it is
 * understood, and nothing is lost where it is thrown away (Gmail).
 */
export function setHtml(letter: Letter, { locale, publicUrl, product }: Surroundings): string {
  const { subject, preview = '', parts, footnotes = [] } = letter;
  const rows = parts.map((part) => asHtml(part)).join('\n');
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no">
<title>${escape(subject)}</title>
<style>${sheet}</style>
</head>
<body class="sheet" style="${styles.body}">
${preview ? `<div style="${styles.hidden}">${escape(preview)}${filler}</div>` : ''}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="sheet" style="${styles.sheet}">
<tr><td align="center" class="around" style="padding:24px 16px">
<!--[if mso]><table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="${styles.column}">
<tr><td style="padding:0 8px 16px"><a href="${escape(publicUrl)}" class="product" style="${styles.product}">${mark}${escape(product)}</a></td></tr>
<tr><td class="card" bgcolor="#ffffff" style="${styles.card}">
${rows}
</td></tr>
${footnotes.length > 0 ? `<tr><td class="soft" style="${styles.footer}">\n${footnotes.map(footnote).join('\n')}\n</td></tr>` : ''}
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
`;
}

const font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const styles = {
  body: `margin:0;padding:0;background-color:#f4f5f8;color:#1b1f2a;${font};font-size:16px;line-height:1.5;-webkit-text-size-adjust:100%`,
  hidden:
    'display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;mso-hide:all',
  sheet: 'background-color:#f4f5f8;border-collapse:collapse',
  column: 'max-width:560px;border-collapse:separate',
  product: `color:#1b1f2a;text-decoration:none;${font};font-size:17px;font-weight:600`,
  mark: 'display:inline-block;width:14px;height:14px;border-radius:4px;background-color:#3451c6;margin-right:8px;vertical-align:-1px',
  card: `padding:28px 28px 12px;background-color:#ffffff;border:1px solid #d5d9e2;border-radius:12px;color:#1b1f2a;${font};font-size:16px;line-height:1.5`,
  paragraph: 'margin:0 0 16px;overflow-wrap:anywhere;word-break:break-word',
  facts: `margin:0 0 16px;border-collapse:collapse;${font};font-size:16px;line-height:1.5;color:inherit`,
  label:
    'padding:3px 16px 3px 0;text-align:left;vertical-align:top;font-weight:normal;color:#5a6274;white-space:nowrap',
  value: 'padding:3px 0;vertical-align:top;overflow-wrap:anywhere;word-break:break-word',
  button: 'border-radius:8px;background-color:#3451c6;mso-padding-alt:12px 24px',
  buttonLink: `display:inline-block;padding:12px 24px;border-radius:8px;color:#ffffff;text-decoration:none;font-weight:600;${font}`,
  link: 'color:#3451c6;text-decoration:underline',
  picture: 'display:block;max-width:100%;height:auto;border:0;border-radius:8px',
  footer: `padding:16px 8px 0;color:#5a6274;${font};font-size:13px;line-height:1.5`,
};

const sheet = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (max-width:480px){.around{padding:16px 8px!important}.card{padding:20px 16px 8px!important}.facts th,.facts td{display:block!important;padding:0!important}.facts td{padding-bottom:8px!important}}
@media (prefers-color-scheme:dark){.sheet{background-color:#12141b!important;color:#e9ebf1!important}.card{background-color:#1c1f29!important;border-color:#353a48!important;color:#e9ebf1!important}.product{color:#e9ebf1!important}.soft,.soft a{color:#a4acbd!important}.accent{color:#9db1ff!important}}
`;

/** The product's mark, without an image. */
const mark = `<span style="${styles.mark}"></span>`;

/** Keeps what follows the preview out of a list of mails. */
const filler = '&#8199;&#847;'.repeat(60);

function asHtml(part: Part): string {
  switch (part.kind) {
    case 'paragraph':
      return `<p dir="auto" style="${styles.paragraph}">${lines(part.text)}</p>`;
    case 'facts':
      return `<table class="facts" style="${styles.facts}">${part.facts.map(row).join('')}</table>`;
    case 'list':
      return `<p style="margin:0">${escape(part.title)}</p><ul style="margin:0 0 16px;padding:0 0 0 20px">${part.items.map(item).join('')}</ul>`;
    case 'button':
      return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px"><tr><td bgcolor="#3451c6" style="${styles.button}"><a href="${escape(part.url)}" style="${styles.buttonLink}">${escape(part.label)}</a></td></tr></table>`;
    case 'link':
      return `<p style="${styles.paragraph}"><a href="${escape(part.url)}" class="accent" style="${styles.link}">${escape(part.label)}</a></p>`;
    case 'picture':
      return `<p style="${styles.paragraph}"><img src="cid:${escape(part.cid)}" alt="${escape(part.alt)}" width="${part.width}" height="${part.height}" style="${styles.picture}"></p>`;
  }
}

const row = ([label, value]: [string, string]) =>
  `<tr><th scope="row" class="soft" style="${styles.label}">${escape(label)}</th><td dir="auto" style="${styles.value}">${escape(value)}</td></tr>`;

const item = (text: string) => `<li dir="auto">${escape(text)}</li>`;

const footnote = ({ text, url }: Footnote) =>
  url
    ? `<p style="margin:0 0 6px"><a href="${escape(url)}" style="color:#5a6274;text-decoration:underline">${escape(text)}</a></p>`
    : `<p style="margin:0 0 6px;overflow-wrap:anywhere">${lines(text)}</p>`;

const lines = (text: string) => escape(text).replace(/\r\n?|\n/g, '<br>');
