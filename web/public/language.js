import * as english from './texts/en.js';
import * as portuguese from './texts/pt-BR.js';

/** @typedef {import('../../lib/contracts.ts').Locale} Locale */
/** @typedef {keyof typeof english.en} TextKey */

const tables = {
  en: { ...english, texts: english.en },
  'pt-BR': { ...portuguese, texts: portuguese.ptBR },
};

const STORED = 'locale';

/** @type {Locale} */
let locale = preferred();

/** Tells everyone who has shown text that the language has changed. */
export const languageChanges = new EventTarget();

export const currentLocale = () => locale;

/** @returns {Locale} the person's choice, else the browser's first language that we speak */
function preferred() {
  const chosen = localStorage.getItem(STORED);
  const wished = [chosen ?? [], navigator.languages].flat().map((tag) => tag.toLowerCase());
  const spoken = wished.find((tag) => tag.startsWith('pt') || tag.startsWith('en'));
  return spoken?.startsWith('pt') ? 'pt-BR' : 'en';
}

/** @param {Locale} wanted */
export function setLocale(wanted) {
  locale = wanted;
  localStorage.setItem(STORED, wanted);
  languageChanges.dispatchEvent(new Event('change'));
}

/**
 * A text in the person's language.
 * @param {TextKey} key
 * @param {Record<string, string | number>} [values] for the places in braces; `count` chooses between plural forms
 */
export function text(key, values = {}) {
  const entry = tables[locale].texts[key];
  const form = typeof entry === 'string' ? entry : entry[pluralForm(values.count)];
  return form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name] ?? ''));
}

/**
 * @param {string | number | undefined} count
 * @returns {'one' | 'other'}
 */
function pluralForm(count) {
  return count === 1 ? 'one' : 'other';
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
}

/** @param {'fieldProblems' | 'problemSentences' | 'failureSentences'} table @param {string} key */
export function sentence(table, key) {
  return Object.hasOwn(tables[locale][table], key) ? tables[locale][table][key] : undefined;
}

/**
 * Fill in every static text below an element: `data-text` is the content, `data-label` the accessible name.
 * @param {ParentNode} root
 */
export function applyTexts(root) {
  for (const element of root.querySelectorAll('[data-text], [data-label]')) {
    const { text: content, label } = /** @type {HTMLElement} */ (element).dataset;
    const words = content && text(/** @type {TextKey} */ (content));
    if (words && element.textContent !== words) element.textContent = words;
    if (label) element.setAttribute('aria-label', text(/** @type {TextKey} */ (label)));
  }
}

/** @param {number} bytes */
export function fileSize(bytes) {
  const units = /** @type {const} */ (['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']);
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const unitDisplay = step === 0 ? 'long' : 'short';
  const options = { style: 'unit', unit: units[step], unitDisplay, maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(locale, /** @type {Intl.NumberFormatOptions} */ (options)).format(
    bytes / 1000 ** step,
  );
}

/** @param {number} seconds @returns {string} as 1:02 or 1:00:02 */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shownParts = parts[0] === 0 ? parts.slice(1) : parts;
  return shownParts.map((part, place) => (place === 0 ? part : String(part).padStart(2, '0'))).join(':');
}

/** @param {string} iso */
export function dateAndTime(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}
