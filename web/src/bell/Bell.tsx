import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { usePolling } from '../live/poll.ts';
import { lazyView } from '../lazy-view.tsx';
import { route } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { followNews, loadNews, unreadCount } from './news.ts';
import './bell.css';

const POLL_MS = 60_000;

const NewsPanel = lazyView(async () => (await import('./NewsPanel.tsx')).NewsPanel);

/** Opens what the person was told, and says how much of it is new. */
export function Bell() {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const here = route.value;
  useEffect(followNews, []);
  // Where news don't come by themselves.
  usePolling(loadNews, true, POLL_MS);
  useEffect(() => setOpen(false), [here]);
  useEffect(() => {
    if (!open) return;
    const closeOutside = ({ target }: Event) => {
      if (target instanceof Node && !place.current?.contains(target)) setOpen(false);
    };
    const closeByKey = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    const events = ['pointerdown', 'focusin'] as const;
    for (const name of events) document.addEventListener(name, closeOutside);
    document.addEventListener('keydown', closeByKey);
    return () => {
      for (const name of events) document.removeEventListener(name, closeOutside);
      document.removeEventListener('keydown', closeByKey);
    };
  }, [open]);
  const unread = unreadCount.value;
  const label = unread > 0 ? t('bellUnread', { count: unread }) : t('bell');
  return (
    <div ref={place} class="bell">
      <button
        ref={button}
        type="button"
        class="button quiet icon-only"
        title={label}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="bell" />
        <span class="unseen" aria-live="polite">
          {label}
        </span>
        {unread > 0 && (
          <span class="bell-count" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </button>
      {open && (
        <div class="bell-panel">
          <NewsPanel onGone={() => setOpen(false)} />
        </div>
      )}
    </div>
  );
}
