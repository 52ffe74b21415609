import { fieldText, problemText, t } from '../i18n/index.ts';

/** One invalid input: where it is (dotted path) and what is wrong with it. */
export interface FieldFault {
  path: string;
  message: string;
  code?: string;
}

interface ProblemJson {
  code: string;
  title?: string;
  detail?: string;
  errors?: FieldFault[];
}

/** What the server says went wrong (RFC 9457), or that it could not be asked (`offline`). */
export class Problem extends Error {
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly faults: FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(json: ProblemJson, status = 0, retryAfterSeconds?: number) {
    super(json.detail ?? json.title ?? json.code);
    this.code = json.code;
    this.status = status;
    this.faults = json.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Read a problem from an answer.
 * @param retryAfter the header, in seconds
 */
export function readProblem(status: number, body: string, retryAfter: string | null): Problem {
  const seconds = Number(retryAfter) || undefined;
  try {
    return new Problem(JSON.parse(body) as ProblemJson, status, seconds);
  } catch {
    // Not ours: a proxy in between has answered.
    return new Problem({ code: status >= 500 ? 'unavailable' : 'bad_request' }, status, seconds);
  }
}

/** Whether an error is a problem with this code. */
export const hasCode = (error: unknown, ...codes: string[]): error is Problem =>
  error instanceof Problem && codes.includes(error.code);

/** Whether an error only says that the page itself has given up waiting. */
export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';

/** What happened and what to do, in the person's language. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Problem)) return t('unknownProblem');
  const said = problemText(error.code) ?? t('unknownProblem');
  const wait = error.retryAfterSeconds;
  return wait ? `${said} ${t('retryAfter', { count: wait })}` : said;
}

/** What is wrong with one field, in the person's language where there is a text for it. */
export const faultSentence = ({ path, code, message }: FieldFault): string =>
  fieldText(path, code) ?? message;
