import { useEffect, useRef, useState } from 'preact/hooks';
import type { Notification } from '../api/schemas.ts';
import { ago } from '../i18n/format.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Loading } from '../ui/Loading.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { inbox, loadNews, loadOlderNews, readAllNews, unreadCount } from './news.ts';
import { n } from './texts.ts';
import { saysOf } from './says.ts';

/** What the person was told, in plain words, each leading to where it can be seen. */
export function NewsPanel({ onGone }: { onGone: () => void }) {
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const attempt = (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    void work()
      .catch(setProblem)
      .finally(() => setBusy(false));
  };
  useEffect(() => {
    title.current?.focus();
    if (!inbox.value.loaded) attempt(loadNews);
  }, []);
  const readAll = () => {
    attempt(readAllNews);
    // The button is gone with the last unread one.
    title.current?.focus();
  };
  const { items, nextCursor, loaded } = inbox.value;
  return (
    <section aria-label={n('inbox')}>
      <header class="bell-head">
        <h2 ref={title} tabIndex={-1} class="view-title">
          {n('inbox')}
        </h2>
        {unreadCount.value > 0 && (
          <Button kind="quiet" size="small" onClick={readAll}>
            {n('readAll')}
          </Button>
        )}
      </header>
      <ProblemNote problem={problem} />
      {!loaded && !problem && <Loading />}
      {loaded && items.length === 0 && (
        <EmptyState icon="bell" title={n('noNews')}>
          <p>{n('noNewsMore')}</p>
        </EmptyState>
      )}
      <ul class="bell-list">
        {items.map((news) => (
          <NewsLine key={news.id} news={news} onGone={onGone} />
        ))}
      </ul>
      <footer class="bell-foot">
        {nextCursor && (
          <Button size="small" busy={busy} onClick={() => attempt(loadOlderNews)}>
            {n('older')}
          </Button>
        )}
        <a href={paths.account('notifications')} onClick={onGone}>
          {n('settings')}
        </a>
      </footer>
    </section>
  );
}

const tones = { good: 'check', bad: 'alert', warn: 'alert', safe: 'lock' } as const;

function NewsLine({ news, onGone }: { news: Notification; onGone: () => void }) {
  const { words, href, tone } = saysOf(news);
  return (
    <li class={news.readAt ? undefined : 'fresh'}>
      <a href={href} onClick={onGone}>
        <span class={`bell-icon ${tone}`}>
          <Icon name={tones[tone]} size={18} />
        </span>
        <span class="bell-words">
          <span>{words}</span>
          <span class="soft small">
            <time dateTime={news.createdAt}>{ago(news.createdAt)}</time>
            {!news.readAt && <span class="badge busy">{n('unread')}</span>}
          </span>
        </span>
      </a>
    </li>
  );
}
