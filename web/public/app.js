import { startAccount, tellSessionEnded } from './account.js';
import { applyTexts, currentLocale, languageChanges, setLocale, text } from './language.js';
import { problemSentence } from './problem.js';
import { readRecipe, startRecipe } from './recipe.js';
import { isRemembered, logOut, request, session } from './session.js';
import { startUploads } from './uploads.js';
import { startVideos } from './videos.js';

/** @typedef {import('../../lib/contracts.ts').Person} Person */

/**
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @returns {Kind}
 */
const byId = (id) => /** @type {Kind} */ (document.getElementById(id));

/** @type {HTMLFormElement} */
const account = byId('account');
/** @type {HTMLFormElement} */
const recipe = byId('recipe');

const videos = startVideos(
  { list: byId('videos'), more: byId('more'), empty: byId('no-videos'), problem: byId('videos-problem') },
  confirmInDialog,
);
const uploads = startUploads(byId('uploads'), videos.add);

startLanguage();
startRecipe(recipe);
startAccount(account, enter);
startFiles();
byId('log-out').addEventListener('click', logOut);
byId('reconnect').addEventListener('click', open);
session.addEventListener('ended', (event) => {
  uploads.cancelAll();
  videos.clear();
  show('welcome');
  if (/** @type {CustomEvent} */ (event).detail === 'refused') tellSessionEnded(account);
});
void open();

/** Whoever was here before goes on, everybody else is welcomed. */
async function open() {
  if (!isRemembered()) {
    show('welcome');
    return;
  }
  await enter().catch((error) => {
    if (!isRemembered()) return;
    byId('unreachable-problem').textContent = problemSentence(error);
    show('unreachable');
  });
}

async function enter() {
  /** @type {Person} */
  const person = await (await request('/me')).json();
  byId('person-email').textContent = person.email;
  show('workshop');
  await videos.load();
}

/** @param {'welcome' | 'workshop' | 'unreachable'} view */
function show(view) {
  for (const id of ['welcome', 'workshop', 'unreachable']) byId(id).hidden = id !== view;
  byId('person').hidden = view !== 'workshop';
}

function startLanguage() {
  /** @type {HTMLSelectElement} */
  const select = byId('language');
  const speak = () => {
    document.documentElement.lang = currentLocale();
    document.title = text('title');
    select.value = currentLocale();
    applyTexts(document);
  };
  select.addEventListener('change', () => setLocale(/** @type {'en' | 'pt-BR'} */ (select.value)));
  languageChanges.addEventListener('change', speak);
  speak();
}

function startFiles() {
  /** @type {HTMLInputElement} */
  const input = byId('files');
  const drop = byId('drop');
  /** @param {Iterable<File>} files */
  const take = (files) => {
    const chosen = readRecipe(recipe);
    if (chosen) uploads.add(files, chosen);
  };
  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = '';
  });
  // A file that misses its target would replace the page.
  for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => event.preventDefault());
  drop.addEventListener('dragover', () => drop.classList.add('over'));
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', ({ dataTransfer }) => {
    drop.classList.remove('over');
    take(dataTransfer?.files ?? []);
  });
}

/** @param {string} question @returns {Promise<boolean>} */
function confirmInDialog(question) {
  /** @type {HTMLDialogElement} */
  const dialog = byId('confirm');
  byId('confirm-question').textContent = question;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
