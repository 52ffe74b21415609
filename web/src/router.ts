import { computed, signal } from '@preact/signals';
import { readRoute } from './routes.ts';

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** Where the person is now. */
export const route = computed(() => readRoute(hash.value));

/**
 * Go to a view.
 * @param path one of {@link paths}
 * @param options `replace`: the view before is not one to come back to
 */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (!options.replace) {
    location.hash = path;
    return;
  }
  history.replaceState(null, '', path);
  hash.value = location.hash;
}
