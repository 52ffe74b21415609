import type { Transit } from 'moleculer';
import { ProblemError } from '../../lib/errors.ts';

/** How long a request that was in hand when the connection broke may still be answered: long enough to reconnect. */
const GRACE_MS = 5000;

/** Fail a request with `unavailable`. Changes nothing when it is answered already. */
export function failRequest(transit: Transit, id: string): void {
  const request = transit.pendingRequests.get(id);
  transit.removePendingRequest(id);
  request?.reject(new ProblemError('unavailable'));
}

/** The connection broke: what is not answered soon has been lost with it, and its caller need not wait any longer. */
export function failUnanswered(transit: Transit): void {
  const ids = [...transit.pendingRequests.keys()];
  setTimeout(() => ids.forEach((id) => failRequest(transit, id)), GRACE_MS).unref();
}
