import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { sentenceOf } from '../api/problem.ts';
import type { Extraction, Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { navigate } from '../router.ts';
import { paths } from '../routes.ts';
import { ShareDialog } from '../share/ShareDialog.tsx';
import { Button } from '../ui/Button.tsx';
import { rescueFocus } from '../ui/focus.ts';
import { showToast } from '../ui/toasts.ts';
import { deleteVideo } from '../videos/deletion.ts';
import { downloadArchive } from '../videos/download.ts';
import { isUnfinished } from '../videos/status.ts';
import { AnotherRecipe } from './AnotherRecipe.tsx';

interface VideoActionsProps {
  video: Video;
  /** The one that is shown. */
  extraction: Extraction;
  onChange: (video: Video) => void;
}

/** What can be done with a video now. */
export function VideoActions({ video, extraction, onChange }: VideoActionsProps) {
  const [busy, setBusy] = useState(false);
  const [asks, setAsks] = useState(false);
  const [shared, setShared] = useState<Extraction | null>(null);
  const hasSource = video.sourceRemovedAt === null;
  const hasFailed = video.status === 'failed';
  /** The same frames of the same file fail again, unless the fault was ours. */
  const repeats = hasFailed && video.error?.code !== 'attempts_exhausted';
  const canRetry = hasSource && ['failed', 'canceled', 'expired'].includes(video.status);

  const change = (action: 'cancel' | 'retry') => {
    setBusy(true);
    dataOf(asPerson.POST(`/video/{id}/${action}`, { params: { path: { id: video.id } } }))
      .then(onChange, (error: unknown) => showToast(sentenceOf(error), { tone: 'bad' }))
      .finally(() => {
        setBusy(false);
        rescueFocus();
      });
  };

  return (
    <div class="actions">
      {extraction.status === 'completed' && (
        <>
          <Button
            kind="primary"
            icon="download"
            onClick={() => void downloadArchive(video.id, extraction.id)}
          >
            {t('downloadAll')}
          </Button>
          <Button icon="link" onClick={() => setShared(extraction)}>
            {t('share')}
          </Button>
        </>
      )}
      {canRetry && (
        <Button kind={repeats ? 'plain' : 'primary'} icon="retry" busy={busy} onClick={() => change('retry')}>
          {t('tryAgain')}
        </Button>
      )}
      {isUnfinished(video) && (
        <Button icon="close" busy={busy} onClick={() => change('cancel')}>
          {t('cancelExtraction')}
        </Button>
      )}
      {hasSource && !isUnfinished(video) && !(hasFailed && video.media === null) && (
        <Button kind={repeats ? 'primary' : 'plain'} icon="settings" onClick={() => setAsks(true)}>
          {t('otherFrames')}
        </Button>
      )}
      <Button
        kind="danger"
        icon="trash"
        onClick={() => {
          deleteVideo(video);
          navigate(paths.list);
        }}
      >
        {t('delete')}
      </Button>
      {shared && <ShareDialog video={video} extraction={shared} onClose={() => setShared(null)} />}
      {asks && <AnotherRecipe video={video} onChange={onChange} onClose={() => setAsks(false)} />}
    </div>
  );
}
