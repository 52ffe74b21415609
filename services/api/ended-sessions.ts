import type { Call } from './endpoint.ts';

/** What `auth.endedSessions` answers. */
interface Answer {
  sessions: { id: string; until: string }[];
  next: string;
}

/** This gateway's clock may be late, and takes tokens for valid a little longer. */
const SLACK_MS = 60_000;

/** The sessions whose access tokens are refused although they look valid. */
export interface EndedSessions {
  /** Hear of what has ended since the last time. */
  update(call: Call): Promise<void>;
  /** The same, only if it was never heard before: whoever has not heard yet must not let anybody in. */
  ready(call: Call): Promise<void>;
  has(sessionId: string): boolean;
}

/**
 * Access tokens are checked without a call, so gateways ask `auth` again and again which sessions have ended. While it
 * is away, what is known stays in force; no session can end then, and every access token ends by itself soon.
 * @param clock milliseconds since the epoch
 */
export function createEndedSessions(clock: () => number = Date.now): EndedSessions {
  const untilOf = new Map<string, number>();
  let since: string | undefined;
  let asking: Promise<void> | undefined;

  const ask = async (call: Call) => {
    const { sessions, next } = await call<Answer>('auth.endedSessions', since === undefined ? {} : { since });
    for (const { id, until } of sessions) untilOf.set(id, Date.parse(until) + SLACK_MS);
    for (const [id, until] of untilOf) if (until < clock()) untilOf.delete(id);
    since = next;
  };
  /** Those that ask at once share one call. */
  const update = (call: Call) =>
    (asking ??= ask(call).finally(() => {
      asking = undefined;
    }));

  return {
    update,
    ready: async (call) => {
      if (since === undefined) await update(call);
    },
    has: (sessionId) => untilOf.has(sessionId),
  };
}
