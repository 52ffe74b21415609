import { text } from './language.js';

/** @typedef {import('../../lib/recipe.ts').Recipe} Recipe */

/**
 * Show the fields of the chosen way to choose frames.
 * @param {HTMLFormElement} form
 */
export function startRecipe(form) {
  const show = () => {
    const { select } = Object.fromEntries(new FormData(form));
    for (const [mode, name] of /** @type {const} */ ([
      ['interval', 'seconds'],
      ['count', 'count'],
    ])) {
      const input = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
      input.disabled = mode !== select;
      /** @type {HTMLElement} */ (input.closest('.field')).hidden = mode !== select;
    }
  };
  form.addEventListener('change', show);
  form.addEventListener('submit', (event) => event.preventDefault());
  show();
}

/**
 * @param {HTMLFormElement} form
 * @returns {object | null} the recipe as the server takes it; null when the person was told what is wrong with it
 */
export function readRecipe(form) {
  if (!form.reportValidity()) return null;
  const { select, seconds, count, format } = Object.fromEntries(new FormData(form));
  const chosen =
    select === 'count'
      ? { mode: 'count', count: Number(count) }
      : { mode: 'interval', seconds: Number(seconds) };
  return { select: chosen, format };
}

/** @param {Recipe} recipe */
export function describeRecipe({ select, format }) {
  const shownFormat = { jpg: 'JPEG', png: 'PNG', webp: 'WebP' }[format];
  if (select.mode === 'interval') return text('everySeconds', { count: select.seconds, format: shownFormat });
  if (select.mode === 'count') return text('fixedCount', { count: select.count, format: shownFormat });
  return `${select.mode}, ${shownFormat}`;
}
