import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import lockfile from 'proper-lockfile';
import { ApiProblem, createApi, dataOf, type Schemas } from '../client/index.ts';
import { CliError, exitCodes } from './exit-codes.ts';

/** Who is logged in where, by a password. */
export interface TokenSession {
  url: string;
  accessToken: string;
  /** Of the access token, in milliseconds since 1970. */
  endsAt: number;
  refreshToken: string;
  /** Of a renewal whose answer has not come yet: asked again with it, the server repeats the answer. */
  renewalKey?: string;
}

/** Who is logged in where: by a password, or by an API key. */
type Session = TokenSession | { url: string; apiKey: string };

const PRIVATE = 0o600;
/** A token that ends within this time could end on its way. */
const SPARE_MS = 20_000;
const LOCK = { realpath: false, stale: 15_000, retries: { retries: 60, minTimeout: 50, maxTimeout: 500 } };

/** What a command that needs somebody answers nobody. */
export const notLoggedIn = () =>
  new CliError('not_logged_in', 'Nobody is logged in: video-system login', exitCodes.notLoggedIn);

/** The session in a file, or null. A file that others may read is made private again. */
export async function readSession(file: string): Promise<Session | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, PRIVATE);
  return JSON.parse(text) as Session;
}

/** Write a session whole or not at all, for its owner only. */
export async function writeSession(file: string, session: Session): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(session, null, 2), { mode: PRIVATE });
  await rename(draft, file);
}

/** Forget the session. */
export const removeSession = (file: string): Promise<void> => rm(file, { force: true });

/**
 * A key as it can be sent.
 * @throws CliError `bad_key`, which does not name it
 */
export function usableKey(text: string): string {
  const key = text.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CliError('bad_key', 'What was given is no API key', exitCodes.wrongUse);
}

/** What a login or a renewal has brought. */
export const sessionOf = (url: string, tokens: Schemas['Tokens']): TokenSession => ({
  url,
  accessToken: tokens.accessToken,
  refreshToken: tokens.refreshToken,
  endsAt: Date.now() + tokens.expiresIn * 1000,
});

const isFresh = ({ endsAt }: TokenSession) => endsAt > Date.now() + SPARE_MS;

/**
 * The API key, or an access token that is valid for a while; renewed if need be, by one process at a time: a refresh
 * token works once.
 * @throws CliError `not_logged_in`
 */
export async function validToken(file: string): Promise<string> {
  const session = await readSession(file);
  if (!session) throw notLoggedIn();
  if ('apiKey' in session) return session.apiKey;
  if (isFresh(session)) return session.accessToken;
  const release = await lockfile.lock(file, LOCK);
  try {
    return await renew(file);
  } finally {
    await release();
  }
}

async function renew(file: string): Promise<string> {
  const session = await readSession(file);
  if (!session) throw notLoggedIn();
  if ('apiKey' in session) return session.apiKey;
  // While this process waited, another one may have renewed.
  if (isFresh(session)) return session.accessToken;
  const renewalKey = session.renewalKey ?? randomUUID();
  await writeSession(file, { ...session, renewalKey });
  const { url, refreshToken } = session;
  const renewed = await askRenewal(url, refreshToken, renewalKey).catch(async (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    await removeSession(file);
    throw notLoggedIn();
  });
  await writeSession(file, sessionOf(url, renewed));
  return renewed.accessToken;
}

function askRenewal(url: string, refreshToken: string, key: string): Promise<Schemas['Tokens']> {
  const header = { 'Idempotency-Key': key };
  return dataOf(createApi(url).POST('/refresh', { body: { refreshToken }, params: { header } }));
}
