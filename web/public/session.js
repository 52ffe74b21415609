import { Problem, readProblem } from './problem.js';

/** @typedef {{ accessToken: string, refreshToken: string, expiresIn: number }} Tokens */

const STORED = 'refreshToken';

/** A token that ends within this time could end on its way. */
const SPARE_MS = 20_000;

/** @type {{ token: string, endsAt: number } | null} */
let access = null;

/** @type {Promise<void> | null} */
let refreshing = null;

/** Tells (`ended`) that the person has to log in again: by `event.detail` of their own will or not. */
export const session = new EventTarget();

/** Whether somebody was logged in here; whether they still are, the server knows. */
export const isRemembered = () => localStorage.getItem(STORED) !== null;

// A logout in another tab is one here, too.
addEventListener('storage', ({ key, newValue }) => {
  if (key === STORED && newValue === null && access) forget('chosen');
});

/** @param {Tokens} tokens */
function keep({ accessToken, refreshToken, expiresIn }) {
  access = { token: accessToken, endsAt: Date.now() + expiresIn * 1000 };
  localStorage.setItem(STORED, refreshToken);
}

/** @param {'chosen' | 'refused'} why */
function forget(why) {
  access = null;
  localStorage.removeItem(STORED);
  session.dispatchEvent(new CustomEvent('ended', { detail: why }));
}

/** @param {{ email: string, password: string }} credentials */
export async function logIn(credentials) {
  keep(await postJson('/login', credentials));
}

/** Forgets the person here at once; the server is told, and need not answer. */
export async function logOut() {
  const refreshToken = localStorage.getItem(STORED);
  forget('chosen');
  if (refreshToken) await postJson('/logout', { refreshToken }).catch(() => undefined);
}

/**
 * Send JSON without a token.
 * @param {string} path
 * @param {object} body
 */
export async function postJson(path, body) {
  const response = await send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status === 204 ? undefined : response.json();
}

/**
 * Ask the server as the person. An access token that has ended is renewed, and the request sent once more.
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} a successful one
 * @throws {Problem}
 */
export function request(path, init) {
  return withToken((token) => send(path, { ...init, headers: { Authorization: `Bearer ${token}` } }));
}

/**
 * Do something with an access token; when the token is refused, once more with a new one.
 * @template Result
 * @param {(token: string) => Promise<Result>} task
 * @returns {Promise<Result>}
 */
export async function withToken(task) {
  const token = await validToken();
  try {
    return await task(token);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    if (access?.token === token) access = null;
    return task(await validToken());
  }
}

async function validToken() {
  if (!access || access.endsAt < Date.now() + SPARE_MS) {
    refreshing ??= inTurn(renew).finally(() => (refreshing = null));
    await refreshing;
  }
  if (!access) throw new Problem({ code: 'unauthorized' }, 401);
  return access.token;
}

/**
 * Tabs share one refresh token, which can be used once: they must not use it at the same time.
 * @param {() => Promise<void>} task
 * @returns {Promise<void>}
 */
function inTurn(task) {
  // Locks exist on secure origins only.
  return navigator.locks ? navigator.locks.request('refresh', task) : task();
}

async function renew() {
  const refreshToken = localStorage.getItem(STORED);
  try {
    if (!refreshToken) throw new Problem({ code: 'unauthorized' }, 401);
    keep(await postJson('/refresh', { refreshToken }));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) forget('refused');
    throw error;
  }
}

/** @param {string} path @param {RequestInit} init */
async function send(path, init) {
  const response = await fetch(path, init).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ code: 'offline' });
  });
  if (response.ok) return response;
  throw readProblem(response.status, await response.text(), response.headers.get('Retry-After'));
}
