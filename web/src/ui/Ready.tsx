import type { ComponentChildren } from 'preact';
import { t } from '../i18n/index.ts';
import { Loading } from './Loading.tsx';
import { ProblemNote } from './ProblemNote.tsx';
import { Button } from './Button.tsx';
import type { Loaded, Pages } from './loading.ts';

/** What has been loaded; until then that it is on its way, or why it is not here. */
export function Ready<Value>({
  of: { value, problem, reload },
  children,
}: {
  of: Loaded<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  if (value !== null) {
    return (
      <>
        <ProblemNote problem={problem} onRetry={() => void reload()} />
        {children(value)}
      </>
    );
  }
  return problem ? <ProblemNote problem={problem} onRetry={() => void reload()} /> : <Loading />;
}

interface PagedListProps<Item> {
  of: Pages<Item>;
  /** What is shown when there is nothing. */
  empty: ComponentChildren;
  children: (item: Item) => ComponentChildren;
}

/** A list with a button for its next page. */
export function PagedList<Item extends { id: string }>({ of: pages, empty, children }: PagedListProps<Item>) {
  const { items, problem, hasMore, busy } = pages;
  const retry = () => void (items === null ? pages.reload() : pages.loadMore());
  if (items === null) return problem ? <ProblemNote problem={problem} onRetry={retry} /> : <Loading />;
  if (items.length === 0) return <>{empty}</>;
  return (
    <>
      <ul class="rows">
        {items.map((item) => (
          <li key={item.id} class="row">
            {children(item)}
          </li>
        ))}
      </ul>
      <ProblemNote problem={problem} onRetry={retry} />
      {hasMore && !problem && (
        <div class="actions">
          <Button busy={busy} onClick={() => void pages.loadMore()}>
            {t('showMore')}
          </Button>
        </div>
      )}
    </>
  );
}
