import { once } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Guard } from './guard.ts';

/** What an endpoint answered. */
export interface Answer {
  statusCode: number;
  /** The beginning of its body. */
  body: string;
  retryAfter: string | undefined;
}

interface PostOptions {
  guard: Guard;
  /** For everything together: name, connection, headers and body. */
  timeoutMs?: number;
  /** Certificates to trust in place of the usual ones. */
  ca?: string;
}

const TIMEOUT_MS = 15_000;
const KEPT_BYTES = 1024;
/** What is read for the connection's sake, so that a receiver is not cut off in the middle of an ordinary answer. */
const READ_BYTES = 64 * 1024;

/**
 * Post a body and read the beginning of the answer. Redirects are not followed. Once the status is there the answer
 * counts, whatever becomes of its body.
 * @throws Error with a sentence for people when no status came
 */
export async function post(
  url: URL,
  { headers, body }: { headers: Record<string, string>; body: string },
  { guard, timeoutMs = TIMEOUT_MS, ca }: PostOptions,
): Promise<Answer> {
  guard.insistOn(url);
  const signal = AbortSignal.timeout(timeoutMs);
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A connection of its own, which nothing else has made and nobody goes on using.
    agent: false,
    lookup: guard.lookup,
    rejectUnauthorized: true,
    signal,
    ...(ca ? { ca } : {}),
  });
  try {
    request.end(body);
    const response = await answerTo(request);
    const { statusCode = 0 } = response;
    return { statusCode, body: await beginningOf(response), retryAfter: response.headers['retry-after'] };
  } catch (error) {
    if (signal.aborted) throw new Error(`No answer within ${timeoutMs / 1000} seconds`, { cause: error });
    throw new Error(sentenceOf(error), { cause: error });
  } finally {
    request.destroy();
  }
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  // One that comes after the answer has nobody left to tell.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (read < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - read));
      read += chunk.length;
      if (read > READ_BYTES) break;
    }
  } catch {
    // The rest is missing, or came too late.
  }
  // A character that is cut in half at the end is left out.
  return new TextDecoder().decode(Buffer.concat(kept), { stream: true });
}

/** Node.js tells of several failed addresses by a code alone. */
function sentenceOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? 'The connection failed') : message;
}
