import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { wish } from './listing.ts';
import { statuses } from './status.ts';

const DEBOUNCE_MS = 300;

/** Searching by name, and the choice of a status. */
export function VideoFilters() {
  const [text, setText] = useState(wish.value.q);
  useEffect(() => {
    if (text === wish.value.q) return undefined;
    const timer = setTimeout(() => (wish.value = { ...wish.value, q: text }), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="filters" role="search">
      <label class="search">
        <Icon name="search" />
        <span class="unseen">{t('searchVideos')}</span>
        <input
          type="search"
          value={text}
          placeholder={t('searchVideos')}
          maxLength={200}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <label>
        <span class="unseen">{t('statusFilter')}</span>
        <select
          value={wish.value.status ?? ''}
          onChange={({ currentTarget }) => {
            wish.value = { ...wish.value, status: statuses.find((it) => it === currentTarget.value) ?? null };
          }}
        >
          <option value="">{t('everyStatus')}</option>
          {statuses.map((it) => (
            <option key={it} value={it}>
              {t(`status_${it}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
