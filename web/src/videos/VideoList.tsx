import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { usePolling } from '../live/poll.ts';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Loading } from '../ui/Loading.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { leaving } from './deletion.ts';
import { listing, loadListing, loadMore, refreshListing, showListing, wish } from './listing.ts';
import { isUnfinished } from './status.ts';
import { VideoCard } from './VideoCard.tsx';

/** The videos that are wished for, as far as somebody has scrolled. */
export function VideoList() {
  const { items, nextCursor, state, problem } = listing.value;
  const { status, q } = wish.value;
  useEffect(() => void showListing(), [status, q]);
  usePolling(refreshListing, items.some(isUnfinished));
  const shown = items.filter(({ id }) => !leaving.value.has(id));
  return (
    <>
      <ProblemNote problem={problem} onRetry={() => void (items.length > 0 ? loadMore() : loadListing())} />
      <ul class="videos" aria-busy={state === 'loading'}>
        {shown.map((video) => (
          <VideoCard key={video.id} video={video} />
        ))}
      </ul>
      {shown.length === 0 && state === 'ready' && <NoVideos isFiltered={status !== null || q !== ''} />}
      {state === 'loading' && <Loading />}
      {nextCursor !== null && state === 'ready' && <ScrollEnd />}
    </>
  );
}

function NoVideos({ isFiltered }: { isFiltered: boolean }) {
  if (!isFiltered) {
    return (
      <EmptyState icon="film" title={t('noVideos')}>
        <p>{t('noVideosMore')}</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="search" title={t('noneFound')}>
      <Button onClick={() => (wish.value = { status: null, q: '' })}>{t('showAll')}</Button>
    </EmptyState>
  );
}

/** Loads more when it comes into sight; a button for those who don't scroll. */
function ScrollEnd() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((it) => it.isIntersecting)) void loadMore();
      },
      { rootMargin: '600px' },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place} class="scroll-end">
      <Button onClick={() => void loadMore()}>{t('loadMore')}</Button>
    </div>
  );
}
