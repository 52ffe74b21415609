import { useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/index.ts';
import { faultSentence } from '../api/problem.ts';

/** How sending a form goes. */
export interface FormState {
  busy: boolean;
  /** What went wrong with the whole; null when the fields say it all. */
  problem: unknown;
  /** What is wrong with a field, by its dotted path. */
  errorAt: (path: string) => string | undefined;
  onSubmit: (event: Event) => void;
  /** Show that something is wrong. */
  fail: (error: unknown) => void;
}

/** Focus the first field of a form with a fault, once the faults are shown. */
export function focusFault(form: HTMLFormElement | null): void {
  setTimeout(() => form?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
}

/**
 * Send a form: once at a time, faults at their fields, the first of which gets the focus.
 * @param submit sends it
 * @param paths the fields that the form shows
 */
export function useForm(submit: () => Promise<unknown>, paths: readonly string[] = []): FormState {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useRef<HTMLFormElement | null>(null);
  const faults = error instanceof ApiProblem ? error.faults : [];
  const shown = faults.filter(({ path }) => paths.includes(path));

  const fail = (failure: unknown) => {
    setError(failure);
    focusFault(form.current);
  };

  const onSubmit = (event: Event) => {
    event.preventDefault();
    form.current = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setBusy(true);
    setError(null);
    submit()
      .catch(fail)
      .finally(() => setBusy(false));
  };

  return {
    busy,
    problem: shown.length > 0 && shown.length === faults.length ? null : error,
    errorAt: (path) => {
      const fault = shown.find((it) => it.path === path);
      return fault && faultSentence(fault);
    },
    onSubmit,
    fail,
  };
}
