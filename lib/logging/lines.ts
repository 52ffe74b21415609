import { pino, stdTimeFunctions, type Level } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { problemCode } from '../errors.ts';
import { traceIds } from '../tracing/trace.ts';
import { redact } from './redact.ts';
import { requestIds } from './request.ts';

/** Takes texts, errors and objects in any order. */
type LineLogger = Record<Level, (...args: unknown[]) => void>;

/** An error without its other fields: those of libraries hold SQL, its parameters, and requests. */
function describe(error: Error, depth = 0): object {
  const { name, message, stack, cause } = error;
  const code = problemCode(error) ?? (error as NodeJS.ErrnoException).code;
  return {
    ...{ name, code, message, stack },
    ...(cause instanceof Error && depth < 3 ? { cause: describe(cause, depth + 1) } : {}),
  };
}

/** The arguments of a logger's method, texts, errors and objects in any order, as one line's fields and text. */
function toEntry(args: unknown[]): [object, string] {
  const isObject = (it: unknown) => typeof it === 'object' && it !== null;
  const error = args.find((it) => it instanceof Error);
  const fields = args.filter((it) => isObject(it) && !(it instanceof Error));
  const text = args.filter((it) => !isObject(it)).map(String);
  return [Object.assign({}, ...fields, error ? { err: describe(error) } : {}) as object, text.join(' ')];
}

/**
 * The lines of this process's log: JSON, each with the ids of the request and the trace that it belongs to, without
 * secrets.
 * @param output `write` gets each line; `isTTY`: a person reads them, so they are made readable
 * @returns makes the logger of one part of the process; `bindings` stand on each of its lines
 */
export function createLogLines(output: {
  isTTY?: boolean;
  write(line: string): unknown;
}): (level: string, bindings: object) => LineLogger {
  const pretty = output.isTTY
    ? prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'nodeID,ns' })
    : (line: string) => line;
  const root = pino(
    {
      level: 'trace',
      serializers: { err: (error: object) => error },
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      mixin: () => ({ ...requestIds(), ...traceIds() }),
      hooks: {
        logMethod(args, method) {
          method.apply(this, toEntry(args));
        },
      },
    },
    { write: (line: string) => void output.write(pretty(redact(line))) },
  );
  return (level, bindings) => root.child(bindings, { level });
}
