import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Locale, Person } from '../../lib/contracts.ts';
import { ProblemError, problemCode } from '../../lib/errors.ts';
import type { NotifyDatabase } from './models.ts';
import { unsubscribe } from './preferences.ts';
import type { SecretReader } from './secret.ts';

/** Of any length: one that is too long to be a token is no more wrong than another. */
export const tokenSchema = z.strictObject({ token: z.string() });

/** Whom a link in a mail is about: it switches that kind of mail off for that person, and nothing else. */
interface Unsubscription {
  personId: string;
  kind: string;
}

const signature = (secret: Buffer, content: string) =>
  createHmac('sha256', secret).update(`unsubscribe ${content}`).digest();

/** @returns a token that fits into a URL's path and works for ever */
export function unsubscribeToken(secret: Buffer, { personId, kind }: Unsubscription): string {
  const content = Buffer.from(JSON.stringify([personId, kind])).toString('base64url');
  return `${content}.${signature(secret, content).toString('base64url')}`;
}

/** @returns null when this system has not made the token */
function readUnsubscribeToken(secret: Buffer, token: string): Unsubscription | null {
  const [content = '', signed = '', ...rest] = token.split('.');
  const given = Buffer.from(signed, 'base64url');
  const own = signature(secret, content);
  if (rest.length > 0 || given.length !== own.length || !timingSafeEqual(given, own)) return null;
  const [personId, kind] = JSON.parse(Buffer.from(content, 'base64url').toString()) as [string, string];
  return { personId, kind };
}

interface Needs {
  readSecret: SecretReader;
  /** @throws a problem `not_found` when the person is gone */
  person: (personId: string) => Promise<Pick<Person, 'locale'>>;
}

/** What an unsubscription's page needs to know. */
interface Shown {
  kind: string;
  locale: Locale;
}

/**
 * What a token is about; nothing is changed, because programs that check mail follow its links.
 * @throws ProblemError `not_found` when the token is not ours, or its person is gone
 */
export async function readUnsubscription(needs: Needs, token: string): Promise<Shown> {
  const { shown } = await find(needs, token);
  return shown;
}

/**
 * Switch off the kind of mail that a token is about; again and again if asked to.
 * @throws ProblemError `not_found` as {@link readUnsubscription}
 */
export async function unsubscribeByToken(
  { db, ...needs }: Needs & { db: NotifyDatabase },
  token: string,
): Promise<Shown> {
  const { unsubscription, shown } = await find(needs, token);
  if (!(await unsubscribe(db, unsubscription))) throw new ProblemError('not_found');
  return shown;
}

async function find({ readSecret, person }: Needs, token: string) {
  const unsubscription = readUnsubscribeToken(await readSecret(), token);
  if (!unsubscription) throw new ProblemError('not_found');
  const { personId, kind } = unsubscription;
  const { locale } = await person(personId).catch((error: unknown) => {
    throw problemCode(error) === 'not_found' ? new ProblemError('not_found') : error;
  });
  return { unsubscription, shown: { kind, locale } };
}
