import { ApiProblem, Unreachable } from '../../../client/index.ts';
import { fieldText, problemText, t } from '../i18n/index.ts';

/** One invalid input: where it is (dotted path) and what is wrong with it. */
type FieldFault = ApiProblem['faults'][number];

/** For what the page itself finds wrong with a field. */
export const faultAt = (fault: FieldFault): ApiProblem =>
  new ApiProblem(422, { code: 'validation_failed', errors: [fault] });

/** The server's code for what went wrong, or `offline` when it could not be asked. */
function codeOf(error: unknown): string | null {
  if (error instanceof ApiProblem) return error.code;
  return error instanceof Unreachable ? 'offline' : null;
}

/** Whether an error is a problem with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = codeOf(error);
  return code !== null && codes.includes(code);
}

/** Whether an error only says that the page itself has given up waiting. */
export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';

/**
 * What happened and what to do, in the person's language.
 * @param words for codes that mean more where they are told than elsewhere
 */
export function sentenceOf(error: unknown, words: Record<string, string> = {}): string {
  const code = codeOf(error) ?? '';
  const said = words[code] ?? problemText(code) ?? t('unknownProblem');
  const wait = error instanceof ApiProblem ? error.retryAfter : undefined;
  return wait ? `${said} ${t('retryAfter', { count: wait })}` : said;
}

/** What is wrong with one field, in the person's language where there is a text for it. */
export const faultSentence = ({ path, code, message }: FieldFault): string =>
  fieldText(path, code) ?? message;
