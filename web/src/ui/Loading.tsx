import { t } from '../i18n/index.ts';

/** Something is on its way. It shows itself only when that takes a while. */
export function Loading() {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {t('loading')}
    </p>
  );
}
