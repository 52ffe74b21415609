import { applyTexts, text } from './language.js';

/**
 * A row made from a template.
 * @param {string} templateId
 */
export function newRow(templateId) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(templateId));
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const element = /** @type {HTMLElement} */ (fragment.firstElementChild);
  /** @param {string} name @returns {HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (element.querySelector(`[data-part="${name}"]`));
  /** @param {string} name @returns {HTMLButtonElement} */
  const button = (name) =>
    /** @type {HTMLButtonElement} */ (element.querySelector(`[data-action="${name}"]`));
  const progress = /** @type {HTMLProgressElement} */ (part('progress'));
  return { element, part, button, progress };
}

/** @typedef {ReturnType<typeof newRow>} Row */

/**
 * Put the row's texts into the person's language and name its buttons: out of context “Delete” says too little.
 * @param {Row} row
 * @param {string} filename
 */
export function labelRow({ element, part }, filename) {
  applyTexts(element);
  setText(part('filename'), filename);
  for (const button of element.querySelectorAll('button')) {
    const action = button.textContent ?? '';
    button.setAttribute('aria-label', text('actionOn', { action, filename }));
  }
}

/**
 * Writes only what has changed, so that screen readers are not told the same thing again.
 * @param {Element} element
 * @param {string} content
 */
export function setText(element, content) {
  if (element.textContent !== content) element.textContent = content;
}

/** @param {string} sentence for screen readers */
export function tell(sentence) {
  setText(/** @type {HTMLElement} */ (document.getElementById('news')), sentence);
}
