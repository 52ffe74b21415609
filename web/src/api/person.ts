import { effect, signal } from '@preact/signals';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from './client.ts';
import type { Person } from './schemas.ts';
import { isLoggedIn, onSessionEnd } from './session.ts';

/** Whoever is logged in, once the server has told; null until then. */
export const person = signal<Person | null>(null);

/** Ask who is logged in. */
export const askPerson = (signal?: AbortSignal): Promise<Person> =>
  dataOf(asPerson.GET('/me', { signal: signal ?? null }));

/** Know the person for as long as somebody is logged in. */
export function startPerson(onKnown: (person: Person) => void): void {
  onSessionEnd(() => (person.value = null));
  effect(() => {
    if (isLoggedIn.value && !person.peek()) void loadUntilKnown();
  });
  effect(() => {
    if (person.value) onKnown(person.value);
  });
}

const TRY_AGAIN_MS = 5000;

async function loadUntilKnown(): Promise<void> {
  try {
    person.value = await askPerson();
  } catch {
    setTimeout(() => {
      if (isLoggedIn.value && !person.value) void loadUntilKnown();
    }, TRY_AGAIN_MS);
  }
}
