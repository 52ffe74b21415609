import { CommanderError } from 'commander';
import { ApiProblem, Unreachable } from '../client/index.ts';

/** What the exit codes say; docs/cli.md shows them. */
export const exitCodes = {
  ok: 0,
  /** The server has refused, or one of several files has failed. */
  failed: 1,
  wrongUse: 2,
  notLoggedIn: 3,
  notFound: 4,
  unreachable: 5,
  interrupted: 130,
} as const;

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A fault that this program itself has found. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, exitCode: ExitCode = exitCodes.failed) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

const byStatus: Record<number, ExitCode> = { 401: exitCodes.notLoggedIn, 404: exitCodes.notFound };

/** The exit code for whatever was thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ApiProblem) return byStatus[error.status] ?? exitCodes.failed;
  if (error instanceof Unreachable) return exitCodes.unreachable;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUse;
  return exitCodes.failed;
}

interface Described {
  code: string;
  message: string;
  title?: string;
  status?: number;
  requestId?: string | null;
  errors?: object[];
}

/** An error as scripts read it. */
export function describeError(error: unknown): Described {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiProblem) {
    const { code, title, status, requestId, faults } = error;
    return { code, title, message, status, requestId, ...(faults.length > 0 ? { errors: faults } : {}) };
  }
  if (error instanceof CliError) return { code: error.code, message };
  return { code: error instanceof Unreachable ? 'unreachable' : 'failed', message };
}

/** An error as people read it. */
export const sentenceOf = ({ title = '', message, code }: Described) =>
  `${title === '' || title === message ? message : `${title}: ${message}`} (${code})`;
