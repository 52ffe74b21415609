import { problemCode } from '../errors.ts';
import { metrics, storeOperations } from '../metrics.ts';
import type { ObjectStore } from './object-store.ts';

type Operation = (typeof storeOperations)[number];
const isOperation = (name: PropertyKey): name is Operation =>
  (storeOperations as readonly PropertyKey[]).includes(name);

/**
 * A store that also times what it is asked for, and counts what it fails at. Problems (`not_found`) are answers, and so is
 * an end that its caller asked for.
 * @param store any adapter; it is not changed
 */
export function measuredStore(store: ObjectStore): ObjectStore {
  return measuredObject(store, {
    resumable: () => measuredObject(store.resumable()),
    direct: () => {
      const direct = store.direct();
      return direct && measuredObject(direct);
    },
  });
}

function measuredObject<Target extends object>(target: Target, own: Partial<Target> = {}): Target {
  return new Proxy(target, {
    get: (_target, name) => {
      const member: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      return isOperation(name) ? (...args: unknown[]) => timed(name, args, () => method(...args)) : method;
    },
  });
}

async function timed(operation: Operation, args: unknown[], run: () => unknown): Promise<unknown> {
  const end = metrics.storeSeconds.startTimer({ operation });
  try {
    return await run();
  } catch (error) {
    const isEnded = args.some((arg) => arg instanceof AbortSignal && arg.aborted);
    if (problemCode(error) === undefined && !isEnded) metrics.storeErrors.inc({ operation });
    throw error;
  } finally {
    end();
  }
}
