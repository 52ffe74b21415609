// Stops a destruction that was not meant: the words must be typed, and the environment must not be protected.
// Usage: confirm.ts ENVIRONMENT, with TYPED
import { environments } from '../../infra/environments.ts';
import { command, Fault, given } from './program.ts';

export const wordsFor = (environment: string): string => `destroy ${environment}`;

/**
 * @param known the environments, and whether nothing that holds data may be deleted there
 * @throws Fault `not_confirmed`, `no_such_environment` or `protected`
 */
export function confirm(
  environment: string,
  typed: string,
  known: { name: string; protect: boolean }[],
): void {
  const found = known.find(({ name }) => name === environment);
  if (!found) throw new Fault('no_such_environment', `There is no environment ${environment}`);
  if (typed !== wordsFor(environment))
    throw new Fault('not_confirmed', `Type exactly: ${wordsFor(environment)}`);
  if (found.protect)
    throw new Fault(
      'protected',
      `${environment} is protected: set protect: false in infra/environments.ts and apply that first`,
    );
}

if (import.meta.main) {
  await command(() => confirm(process.argv[2] ?? '', given('TYPED'), environments));
}
