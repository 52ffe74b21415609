import type { ServiceSchema } from 'moleculer';
import { version } from '../lib/version.ts';

/** Checks by the name of what is checked; each resolves when that works and throws when it doesn't. */
export type Checks = Record<string, () => Promise<unknown>>;

/** What a health action answers: the names of what is down, none when all is well. */
export interface Health {
  down: string[];
}

const CHECK_TIMEOUT_MS = 3000;

/**
 * Gives a service the actions `health` (what it needs and can't reach) and `info` (its name and version).
 * @param checks what the service needs to be useful
 */
export function health(checks: Checks): Partial<ServiceSchema> {
  return {
    actions: {
      info: (ctx) => ({ service: ctx.service?.name, version }),
      health: () => runChecks(checks),
    },
  };
}

/** Run all checks at once, each with a time limit. */
async function runChecks(checks: Checks): Promise<Health> {
  const down = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ((await passes(check)) ? [] : [name])),
  );
  return { down: down.flat() };
}

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const late = new Promise<boolean>((resolve) => {
    timeout.addEventListener('abort', () => resolve(false), { once: true });
  });
  return Promise.race([
    late,
    check().then(
      () => true,
      () => false,
    ),
  ]);
}
