import type { CallingOptions, Middleware, ServiceBroker } from 'moleculer';

/**
 * In a cluster every call goes through the broker, and a process that stops waits for the requests that it handles, not
 * for those that it makes. Moleculer would wait for both, and for ever for one that has timed out: that is forgotten
 * without being settled.
 */
export const untrackedCalls: Middleware = {
  name: 'untracked-calls',
  // The type that Moleculer gives to this hook is that of a call's result.
  call: untracked as unknown as NonNullable<Middleware['call']>,
};

function untracked(call: ServiceBroker['call']) {
  return (action: string, params: unknown, options?: CallingOptions) =>
    call(action, params, { tracking: false, ...options });
}
