import { z } from 'zod';

/**
 * Every error a caller can meet, in one table: the stable code, its HTTP status, its title and whether trying the
 * same request again may succeed. Problem details follow RFC 9457.
 */
export const problems = {
  bad_request: { status: 400, title: 'The request is malformed', retryable: false },
  unauthorized: { status: 401, title: 'A valid access token is needed', retryable: false },
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    retryable: false,
  },
  second_factor_required: { status: 401, title: 'A code of the second factor is needed', retryable: false },
  invalid_token: { status: 401, title: 'The refresh token is not valid', retryable: false },
  account_disabled: { status: 403, title: 'This account is closed', retryable: false },
  forbidden: { status: 403, title: 'This is not allowed for you', retryable: false },
  not_found: { status: 404, title: 'There is nothing here', retryable: false },
  method_not_allowed: { status: 405, title: 'This method does not work here', retryable: false },
  upload_timeout: { status: 408, title: 'The upload stood still for too long', retryable: true },
  email_taken: { status: 409, title: 'This e-mail address has an account already', retryable: false },
  invalid_state: { status: 409, title: 'The present state does not allow this', retryable: false },
  too_many_webhooks: {
    status: 409,
    title: 'There are as many webhooks as one person may have',
    retryable: false,
  },
  not_ready: { status: 409, title: 'The frames are not ready yet', retryable: true },
  upload_offset_mismatch: { status: 409, title: 'The upload continues at another offset', retryable: false },
  expired: { status: 410, title: 'This has expired', retryable: false },
  precondition_failed: {
    status: 412,
    title: 'The content is not the one that the request is about',
    retryable: false,
  },
  tus_version: {
    status: 412,
    title: 'This version of the tus protocol is not spoken here',
    retryable: false,
  },
  too_large: { status: 413, title: 'The body is too large', retryable: false },
  unsupported_media: { status: 415, title: 'This type of content is not taken here', retryable: false },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the content', retryable: false },
  validation_failed: { status: 422, title: 'The input is not valid', retryable: false },
  invalid_code: { status: 422, title: 'The code is wrong, or was used before', retryable: false },
  forbidden_target: {
    status: 422,
    title: 'Webhooks can only go to public addresses',
    retryable: false,
  },
  invalid_recipe: { status: 422, title: 'The recipe is not valid', retryable: false },
  idempotency_mismatch: {
    status: 422,
    title: 'This Idempotency-Key was used for another upload',
    retryable: false,
  },
  upload_locked: { status: 423, title: 'Another request writes to this upload', retryable: true },
  too_many_requests: { status: 429, title: 'Too many attempts', retryable: true },
  quota_exceeded: { status: 429, title: 'The quota is used up', retryable: true },
  checksum_mismatch: { status: 460, title: 'The bytes do not match their checksum', retryable: true },
  internal_error: { status: 500, title: 'Something went wrong on our side', retryable: true },
  not_supported: { status: 501, title: 'This is not available here', retryable: false },
  overloaded: { status: 503, title: 'There is more to do right now than can be done', retryable: true },
  unavailable: { status: 503, title: 'The service is not available right now', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

/** A stable error code; see {@link problems}. */
export type ProblemCode = keyof typeof problems;

/** One invalid input: where it is (dotted path, '' for the whole) and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
  /** A stable code, where somebody may want to say it in another language. */
  code?: FieldCode;
}

type FieldCode = 'too_short' | 'too_long' | 'too_common' | 'like_email';

/** Which limit of a person's stands in the way. `resetsAt` (ISO 8601) is null when only deleting something helps. */
interface ExceededQuota {
  name: 'storedBytes' | 'videosPerDay' | 'concurrentUploads' | 'fileBytes';
  used: number;
  limit: number;
  resetsAt: string | null;
}

/** What a problem may carry beside its code. */
export interface ProblemDetails {
  detail?: string;
  errors?: FieldError[];
  retryAfterSeconds?: number;
  quota?: ExceededQuota;
}

/**
 * The one error class for expected failures.
 *
 * The field names are Moleculer's (`type` is the stable code, `code` the status): it carries exactly these from node
 * to node, while the class itself does not survive the journey. Read a code with {@link problemCode}, never with
 * `instanceof`.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly type: ProblemCode;
  readonly code: number;
  readonly retryable: boolean;
  readonly data: ProblemDetails;

  constructor(type: ProblemCode, data: ProblemDetails = {}) {
    super(data.detail ?? problems[type].title);
    this.type = type;
    this.code = problems[type].status;
    this.retryable = problems[type].retryable;
    this.data = data;
  }
}

/**
 * The stable code of an error, wherever it was thrown.
 * @param error anything that was caught, also after a journey between nodes
 * @returns the code, or undefined when the error is not one of ours
 */
export function problemCode(error: unknown): ProblemCode | undefined {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  return typeof type === 'string' && Object.hasOwn(problems, type) ? (type as ProblemCode) : undefined;
}

/**
 * Validate input against its schema.
 * @param schema the zod schema that is also the input's type
 * @param input what came in
 * @param code the problem to raise; recipes have their own
 * @returns the parsed value, defaults filled in
 * @throws ProblemError `code` with one entry in `errors` for each fault
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: ProblemCode = 'validation_failed',
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => {
    const { path, message } = issue;
    return { path: path.join('.'), message, ...codeOfIssue(issue) };
  });
  throw new ProblemError(code, { errors });
}

function codeOfIssue(issue: z.core.$ZodIssue): { code?: FieldCode } {
  if (issue.code === 'too_small' && issue.origin === 'string') return { code: 'too_short' };
  if (issue.code === 'too_big' && issue.origin === 'string') return { code: 'too_long' };
  return {};
}
