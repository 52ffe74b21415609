import { useState } from 'preact/hooks';
import type { Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { MissingView } from '../shell/MissingView.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Loading } from '../ui/Loading.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { leaving } from '../videos/deletion.ts';
import { ExtractionChoice } from './ExtractionChoice.tsx';
import { ExtractionState } from './ExtractionState.tsx';
import { Facts } from './Facts.tsx';
import { Frames } from './Frames.tsx';
import { useVideo } from './use-video.ts';
import { VideoActions } from './VideoActions.tsx';

/** One video: how far it is, its frames, and what can be done with it. */
export function VideoView({ id }: { id: string }) {
  const { video, isGone, problem, load, take } = useVideo(id);
  if (isGone || leaving.value.has(id)) return <MissingView />;
  return (
    <>
      <a class="back-link" href={paths.list}>
        <Icon name="back" size={18} />
        {t('yourVideos')}
      </a>
      <ProblemNote problem={problem} onRetry={() => void load()} />
      {video ? <Shown video={video} onChange={take} /> : problem ? null : <Loading />}
    </>
  );
}

function Shown({ video, onChange }: { video: Video; onChange: (video: Video) => void }) {
  const [wanted, setWanted] = useState<string | null>(null);
  const extraction = video.extractions.find((it) => it.id === wanted) ?? video.extractions[0];
  if (!extraction) return null;
  return (
    <>
      <div class="video-head">
        <ViewTitle title={video.filename} />
        <VideoActions
          video={video}
          extraction={extraction}
          onChange={(changed) => {
            setWanted(null);
            onChange(changed);
          }}
        />
      </div>
      <div class="video-columns">
        <div class="stack">
          {video.extractions.length > 1 && (
            <ExtractionChoice extractions={video.extractions} current={extraction.id} onChoose={setWanted} />
          )}
          <ExtractionState video={video} extraction={extraction} />
          <Frames key={extraction.id} video={video} extraction={extraction} />
        </div>
        <Facts video={video} extraction={extraction} />
      </div>
    </>
  );
}
