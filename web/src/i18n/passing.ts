import { signal } from '@preact/signals';

const EVERY_MS = 30_000;

/** The time, now and then: whoever reads it is drawn again. */
export const passing = signal(Date.now());

setInterval(() => (passing.value = Date.now()), EVERY_MS);
