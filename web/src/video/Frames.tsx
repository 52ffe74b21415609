import { useState } from 'preact/hooks';
import type { Extraction, Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Loading } from '../ui/Loading.tsx';
import { PrivateImage } from '../ui/PrivateImage.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { isUnfinished } from '../videos/status.ts';
import { FrameDialog } from './FrameDialog.tsx';
import { FrameGrid } from './FrameGrid.tsx';
import { useFrames } from './frames.ts';
import { contactSheetOf } from './pictures.ts';

/** The frames of an extraction, also while they appear. */
export function Frames({ video, extraction }: { video: Video; extraction: Extraction }) {
  const { id, status, progress, recipe } = extraction;
  const frames = useFrames(video.id, id, `${status} ${progress}`);
  const [open, setOpen] = useState<number | null>(null);
  const [showsSheet, setShowsSheet] = useState(false);
  const aspect = video.media ? video.media.width / video.media.height : 16 / 9;
  if (frames.total === 0) {
    // Of one that waits or has failed there may be none.
    if (status !== 'completed') return null;
    return frames.problem ? <ProblemNote problem={frames.problem} onRetry={frames.retry} /> : <Loading />;
  }
  const sheet = status === 'completed' && (
    <Button size="small" icon="grid" onClick={() => setShowsSheet(true)}>
      {t('contactSheet')}
    </Button>
  );
  return (
    <Card
      title={
        isUnfinished(extraction)
          ? t('framesSoFar', { count: frames.total })
          : t('frames', { count: frames.total })
      }
      aside={sheet}
    >
      <FrameGrid
        videoId={video.id}
        extractionId={id}
        frames={frames}
        aspect={Math.min(Math.max(aspect, 0.6), 2.4)}
        onOpen={setOpen}
      />
      {open !== null && (
        <FrameDialog
          videoId={video.id}
          extractionId={id}
          frames={frames}
          format={recipe.format}
          position={open}
          onMove={setOpen}
          onClose={() => setOpen(null)}
        />
      )}
      {showsSheet && (
        <Dialog title={t('contactSheet')} size="full" onClose={() => setShowsSheet(false)}>
          <div class="sheet">
            <PrivateImage
              of={contactSheetOf(video.id, id)}
              alt={t('contactSheetOf', { name: video.filename })}
            />
          </div>
        </Dialog>
      )}
    </Card>
  );
}
