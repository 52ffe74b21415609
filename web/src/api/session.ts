import { signal } from '@preact/signals';
import { ApiProblem, dataOf, type Body, type Schemas } from '../../../client/index.ts';
import { readChoice } from '../choices.ts';
import { newId } from '../new-id.ts';
import { asAnyone } from './anyone.ts';
import { hasCode } from './problem.ts';
import { inTurn } from './turn.ts';

interface Access {
  token: string;
  /** In milliseconds since 1970. */
  endsAt: number;
}

const STORED = 'refreshToken';
/** Shared by the tabs, and by a page with its next load: each renewal uses the refresh token up. */
const ACCESS = 'accessToken';
/** The key of a renewal whose answer has not come yet; a page that is reloaded meanwhile asks with the same one. */
const RENEWAL = 'renewal';
/** A token that ends within this time could end on its way. */
const SPARE_MS = 20_000;

let renewing: Promise<void> | null = null;

/** Whether somebody is logged in on this device; whether they still are, the server knows. */
export const isLoggedIn = signal(readChoice(STORED) !== null);

/** Why the last session ended without the person's will; the login view tells it. */
export const wasEnded = signal(false);

const ends = new Set<() => void>();

/** Do something whenever a session ends: forget what belongs to the person. */
export const onSessionEnd = (forgetMine: () => void): void => void ends.add(forgetMine);

function readAccess(): Access | null {
  const kept = readChoice(ACCESS);
  return kept === null ? null : (JSON.parse(kept) as Access);
}

// A login or a logout in another tab is one here, too.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== STORED) return;
  if (newValue === null) end(false);
  else isLoggedIn.value = true;
});

function keep({ accessToken, refreshToken, expiresIn }: Schemas['Tokens']): void {
  const access: Access = { token: accessToken, endsAt: Date.now() + expiresIn * 1000 };
  localStorage.setItem(ACCESS, JSON.stringify(access));
  localStorage.setItem(STORED, refreshToken);
  localStorage.removeItem(RENEWAL);
  isLoggedIn.value = true;
}

function end(refused: boolean): void {
  localStorage.removeItem(ACCESS);
  localStorage.removeItem(STORED);
  localStorage.removeItem(RENEWAL);
  if (!isLoggedIn.value) return;
  isLoggedIn.value = false;
  wasEnded.value = refused;
  for (const forgetMine of ends) forgetMine();
}

/**
 * Log in.
 * @throws ApiProblem `invalid_credentials`, `second_factor_required`, `too_many_requests`
 */
export async function logIn(credentials: Body<'post', '/login'>): Promise<void> {
  const tokens = await dataOf(asAnyone.POST('/login', { body: credentials }));
  wasEnded.value = false;
  keep(tokens);
}

/** Forget the person here at once; the server is told, and need not answer. */
export async function logOut(): Promise<void> {
  const refreshToken = localStorage.getItem(STORED);
  end(false);
  if (refreshToken) await asAnyone.POST('/logout', { body: { refreshToken } }).catch(() => undefined);
}

/**
 * Do something with an access token; when the token is refused, once more with a new one.
 * @throws ApiProblem `unauthorized` when nobody is logged in
 */
export async function withToken<Result>(task: (token: string) => Promise<Result>): Promise<Result> {
  const token = await validToken();
  try {
    return await task(token);
  } catch (error) {
    if (!hasCode(error, 'unauthorized')) throw error;
    dropToken(token);
    return task(await validToken());
  }
}

/** Never use this token again: the server has refused it. */
export function dropToken(token: string): void {
  if (readAccess()?.token === token) localStorage.removeItem(ACCESS);
}

/** The present token, if one is there without asking for it: for what is sent as the page goes away. */
export const presentToken = (): string | null => readAccess()?.token ?? null;

/** A token that is valid for a while, renewed if need be. */
export async function validToken(): Promise<string> {
  const known = freshToken();
  if (known !== null) return known;
  renewing ??= inTurn(renew).finally(() => (renewing = null));
  await renewing;
  const renewed = readAccess();
  if (!renewed) throw new ApiProblem(401, { code: 'unauthorized' });
  return renewed.token;
}

function freshToken(): string | null {
  const access = readAccess();
  return access !== null && access.endsAt > Date.now() + SPARE_MS ? access.token : null;
}

async function renew(): Promise<void> {
  // While this tab waited for its turn, another one may have renewed.
  if (freshToken() !== null) return;
  const refreshToken = localStorage.getItem(STORED);
  try {
    if (!refreshToken) throw new ApiProblem(401, { code: 'unauthorized' });
    const header = { 'Idempotency-Key': renewalKey() };
    keep(await dataOf(asAnyone.POST('/refresh', { body: { refreshToken }, params: { header } })));
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) end(true);
    throw error;
  }
}

function renewalKey(): string {
  const key = readChoice(RENEWAL) ?? newId();
  localStorage.setItem(RENEWAL, key);
  return key;
}
