/** Asks once, as the person. */
type Send = (request: Request) => Promise<Response>;

/** Called before a pause, of so many seconds, after which the request is sent again. */
export type OnWait = (seconds: number) => void;

/** So often a request is sent at most. */
const MAX_SENT = 5;
/** A server that wants a longer pause tells its client, who knows whether to wait. */
const LONGEST_PAUSE_S = 10;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** After how many seconds a server wants to be asked again; undefined when it doesn't say. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/**
 * Send a request, and again after each answer of 429 or 503 that says when (`Retry-After`): a few times, after pauses
 * of ten seconds at most, and only where doing it twice is doing it once.
 */
export async function sendRepeatedly(send: Send, request: Request, onWait: OnWait): Promise<Response> {
  for (let sent = 1; ; sent++) {
    // A body can be read only once.
    const response = await send(request.clone());
    const seconds = pauseAfter(request, response);
    if (seconds === null || sent === MAX_SENT) return response;
    await response.body?.cancel();
    onWait(seconds);
    await pause(seconds * 1000, request.signal);
  }
}

function pauseAfter({ method, headers }: Request, response: Response): number | null {
  const isSafe = IDEMPOTENT.has(method) || headers.has('idempotency-key');
  if (!isSafe || (response.status !== 429 && response.status !== 503)) return null;
  const seconds = retryAfterOf(response.headers);
  return seconds === undefined || seconds > LONGEST_PAUSE_S ? null : seconds;
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
