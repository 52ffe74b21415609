import { currentLocale, languageChanges, text } from './language.js';
import { clearForm, Problem, showInForm } from './problem.js';
import { logIn, postJson } from './session.js';

/**
 * The form to log in or to create an account.
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} onLoggedIn
 */
export function startAccount(form, onLoggedIn) {
  const show = () => showMode(form);
  for (const radio of form.querySelectorAll('[name="mode"]')) {
    radio.addEventListener('change', () => {
      clearForm(form);
      show();
    });
  }
  languageChanges.addEventListener('change', show);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await submit(form, onLoggedIn);
  });
  show();
}

/** @param {HTMLFormElement} form */
const isRegistering = (form) => new FormData(form).get('mode') === 'register';

/** @param {HTMLFormElement} form */
function showMode(form) {
  const registering = isRegistering(form);
  const password = /** @type {HTMLInputElement} */ (form.elements.namedItem('password'));
  password.autocomplete = registering ? 'new-password' : 'current-password';
  password.minLength = registering ? 10 : 0;
  /** @type {HTMLElement} */ (form.querySelector('[data-field="name"]')).hidden = !registering;
  /** @type {HTMLElement} */ (form.querySelector('.hint')).hidden = !registering;
  submitButton(form).textContent = text(registering ? 'register' : 'logIn');
}

/** @param {HTMLFormElement} form @returns {HTMLButtonElement} */
function submitButton(form) {
  return /** @type {HTMLButtonElement} */ (form.querySelector('[type="submit"]'));
}

/** @param {HTMLFormElement} form @param {() => Promise<void>} onLoggedIn */
async function submit(form, onLoggedIn) {
  const button = submitButton(form);
  button.disabled = true;
  clearForm(form);
  try {
    await enter(form);
    form.reset();
    showMode(form);
    await onLoggedIn();
  } catch (error) {
    showInForm(form, error);
  } finally {
    button.disabled = false;
  }
}

/** @param {HTMLFormElement} form */
async function enter(form) {
  const fields = new FormData(form);
  const credentials = { email: String(fields.get('email')), password: String(fields.get('password')) };
  if (isRegistering(form)) {
    const name = String(fields.get('name')).trim();
    await postJson('/register', { ...credentials, ...(name ? { name } : {}), locale: currentLocale() });
  }
  await logIn(credentials);
}

/**
 * Show why the person has to log in again.
 * @param {HTMLFormElement} form
 */
export function tellSessionEnded(form) {
  showInForm(form, new Problem({ code: 'session_ended', title: text('sessionEnded') }));
}
