import { sentence, text } from './language.js';

/** @typedef {{ code: string, title?: string, detail?: string, errors?: { path: string, message: string }[] }} ProblemJson */

/** What the server says went wrong (RFC 9457), or that it could not be asked (`offline`). */
export class Problem extends Error {
  /**
   * @param {ProblemJson} json
   * @param {number} [status]
   * @param {number} [retryAfterSeconds]
   */
  constructor(json, status = 0, retryAfterSeconds) {
    super(json.detail ?? json.title ?? json.code);
    this.code = json.code;
    this.errors = json.errors ?? [];
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string | null} retryAfter
 */
export function readProblem(status, body, retryAfter) {
  const seconds = Number(retryAfter) || undefined;
  try {
    return new Problem(JSON.parse(body), status, seconds);
  } catch {
    return new Problem({ code: 'internal_error', title: text('unknownProblem') }, status, seconds);
  }
}

/**
 * The sentence a person reads.
 * @param {unknown} error
 */
export function problemSentence(error) {
  if (!(error instanceof Problem)) return text('unknownProblem');
  if (error.code === 'offline') return text('offline');
  const said = sentence('problemSentences', error.code) ?? error.message;
  const wait = error.retryAfterSeconds;
  return [closed(said), wait ? text('retryAfter', { count: wait }) : ''].join(' ').trim();
}

/** @param {string} words */
const closed = (words) => (/[.!?]$/.test(words) ? words : `${words}.`);

/** @param {{ path: string, message: string }} fieldError */
export function fieldSentence({ path, message }) {
  return sentence('fieldProblems', path) ?? closed(message);
}

/**
 * Show what went wrong in a form: field problems at their fields, everything else in the form's own place.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function showInForm(form, error) {
  clearForm(form);
  const fieldErrors = error instanceof Problem ? error.errors : [];
  const homeless = fieldErrors.filter((fieldError) => !showAtField(form, fieldError));
  const own = form.querySelector('.problem');
  if (own && (homeless.length > 0 || fieldErrors.length === 0)) {
    own.textContent = [problemSentence(error), ...homeless.map(fieldSentence)].join(' ');
  }
  /** @type {HTMLElement | null} */ (form.querySelector('[aria-invalid]'))?.focus();
}

/** @param {HTMLFormElement} form @param {{ path: string, message: string }} fieldError @returns {boolean} */
function showAtField(form, fieldError) {
  const field = form.querySelector(`[data-field="${CSS.escape(fieldError.path)}"]`);
  const control = field?.querySelector('input, select');
  if (!field || !control) return false;
  const note = document.createElement('p');
  note.className = 'field-problem';
  note.id = `${control.id}-problem`;
  note.textContent = fieldSentence(fieldError);
  field.append(note);
  control.setAttribute('aria-invalid', 'true');
  control.setAttribute('aria-errormessage', note.id);
  return true;
}

/** @param {HTMLFormElement} form */
export function clearForm(form) {
  for (const note of form.querySelectorAll('.field-problem')) note.remove();
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid');
    control.removeAttribute('aria-errormessage');
  }
  const own = form.querySelector('.problem');
  if (own) own.textContent = '';
}
