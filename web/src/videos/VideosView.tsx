import { t } from '../i18n/index.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';

/** The person's videos. */
export function VideosView() {
  return (
    <>
      <ViewTitle title={t('yourVideos')} />
      <EmptyState icon="film" title={t('loading')} />
    </>
  );
}
