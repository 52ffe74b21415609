import { ProblemError, type FieldError } from '../../lib/errors.ts';

/** Whose password it is to be. */
interface Owner {
  email: string;
  name: string | null;
}

/** What a password must have beside the words that everybody guesses first. */
const MIN_OWN_CHARACTERS = 5;
/** What somebody who guesses takes from the name of the system, and from what it does. */
const OUR_WORDS = ['videosystem', 'system', 'videos', 'video', 'frames', 'frame'];
/** Shorter words stand in too many others by chance. */
const MIN_WORD_LENGTH = 3;
/** So many digits and signs around a common word are tried with it; more make it a password of its own. */
const MAX_DECORATION = 6;

/** Fifty thousand words are loaded when the first password is chosen, and then kept. */
let loading: Promise<Set<string>> | undefined;
const commonPasswords = () => (loading ??= loadCommonPasswords());

async function loadCommonPasswords(): Promise<Set<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}

/**
 * Refuse passwords that are guessed first: those in a list of common ones, also with digits or signs around them or
 * said several times, and those that are made of words of this system or of the person's own address or name.
 * @param path of the field, for the problem
 * @throws ProblemError `validation_failed` with the sub-code `too_common` or `like_email`
 */
export async function insistOnGoodPassword(password: string, owner: Owner, path = 'password'): Promise<void> {
  const plain = password.normalize('NFKC').toLowerCase();
  if (isMadeOf(wordsOf(owner), plain)) {
    refuse({
      path,
      code: 'like_email',
      message: 'The password is too much like the e-mail address or the name',
    });
  }
  if (isMadeOf(OUR_WORDS, plain) || isCommon(plain, await commonPasswords())) {
    refuse({ path, code: 'too_common', message: 'This password is among those that are guessed first' });
  }
}

function refuse(error: FieldError): never {
  throw new ProblemError('validation_failed', { errors: [error] });
}

function isCommon(plain: string, common: Set<string>): boolean {
  const once = /^(.+?)\1+$/su.exec(plain)?.[1] ?? plain;
  const core = plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const isSyllable = once !== plain && once.length <= MIN_WORD_LENGTH;
  const isDecorated = plain.length - core.length <= MAX_DECORATION && common.has(core);
  return isSyllable || isDecorated || common.has(plain) || common.has(once);
}

/** Longest first: a part of one must not spoil it. */
function wordsOf({ email, name }: Owner): string[] {
  const [local = '', domain = ''] = email.toLowerCase().split('@');
  const owned = [local, domain, name?.normalize('NFKC').toLowerCase() ?? ''];
  return [...owned.map(lettersOf), ...owned.flatMap((each) => each.split(/[^\p{L}\p{N}]+/u))]
    .filter((word) => word.length >= MIN_WORD_LENGTH)
    .sort((a, b) => b.length - a.length);
}

/** Whether little is left of a password without these words. */
function isMadeOf(words: string[], plain: string): boolean {
  const before = lettersOf(plain);
  const left = words.reduce((rest, word) => rest.replaceAll(word, ''), before);
  return left !== before && left.length < MIN_OWN_CHARACTERS;
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '');
}
