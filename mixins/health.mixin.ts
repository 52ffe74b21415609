import type { Service, ServiceSchema } from 'moleculer';
import type { Logger } from '../lib/logger.ts';
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
  const known = new Map<string, string>();
  return {
    actions: {
      info: (ctx) => ({ service: ctx.service?.name, version }),
      async health(this: Service) {
        const faults = await runChecks(checks);
        tellNews(known, faults, this.logger);
        return { down: [...faults.keys()] } satisfies Health;
      },
    },
  };
}

/** Write into the log why something is down, once as long as it is for the same reason. */
function tellNews(known: Map<string, string>, faults: Map<string, string>, logger: Logger): void {
  for (const [name, reason] of faults)
    if (known.get(name) !== reason) logger.warn(`The check of the ${name} fails: ${reason}`);
  known.clear();
  for (const [name, reason] of faults) known.set(name, reason);
}

/**
 * Run all checks at once, each with a time limit.
 * @returns why each that fails does so
 */
async function runChecks(checks: Checks): Promise<Map<string, string>> {
  const faults = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const reason = await faultOf(check);
      return reason === undefined ? [] : [[name, reason] as const];
    }),
  );
  return new Map(faults.flat());
}

async function faultOf(check: () => Promise<unknown>): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const late = new Promise<string>((resolve) => {
    timeout.addEventListener('abort', () => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), {
      once: true,
    });
  });
  return Promise.race([
    late,
    check().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
  ]);
}
