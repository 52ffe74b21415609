import { effect, signal } from '@preact/signals';
import { getJson } from './client.ts';
import { isLoggedIn, onSessionEnd, type Person } from './session.ts';

/** Whoever is logged in, once the server has told; null until then. */
export const person = signal<Person | null>(null);

async function loadPerson(): Promise<void> {
  person.value = await getJson<Person>('/me');
}

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
  await loadPerson().catch(() => {
    setTimeout(() => {
      if (isLoggedIn.value && !person.value) void loadUntilKnown();
    }, TRY_AGAIN_MS);
  });
}
