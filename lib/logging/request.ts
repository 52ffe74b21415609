import { AsyncLocalStorage } from 'node:async_hooks';
import { outsideTraces } from '../tracing/trace.ts';

interface Scope {
  requestId?: string;
}
const scope = new AsyncLocalStorage<Scope>();

/** Whatever is logged during the work names the request. */
export const inRequest = <T>(requestId: string, work: () => T): T => scope.run({ requestId }, work);

/** What a line of the log tells of the present request. */
export const requestIds = (): Scope => scope.getStore() ?? {};

/** Run something that outlives the request which has caused it. */
export const outsideRequests = <T>(work: () => T): T => scope.exit(() => outsideTraces(work));
