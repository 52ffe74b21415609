import { useEffect, useState } from 'preact/hooks';
import { sentenceOf } from '../api/problem.ts';
import { clock } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { PrivateImage, type Picture } from '../ui/PrivateImage.tsx';
import { showToast } from '../ui/toasts.ts';
import type { FrameList } from './frames.ts';
import { frameOf } from './pictures.ts';

interface FrameDialogProps {
  videoId: string;
  extractionId: string;
  frames: FrameList;
  format: string;
  /** Which frame, from 0. */
  position: number;
  onMove: (position: number) => void;
  onClose: () => void;
}

const SWIPE_PIXELS = 40;

/** One frame, large; the arrow keys, a swipe or the buttons lead to its neighbours. */
export function FrameDialog({
  videoId,
  extractionId,
  frames,
  format,
  position,
  onMove,
  onClose,
}: FrameDialogProps) {
  const frame = frames.at(position);
  const [zoomed, setZoomed] = useState(false);
  const [touchedAt, setTouchedAt] = useState<number | null>(null);
  const move = (by: number) => {
    const next = position + by;
    if (next >= 0 && next < frames.total) onMove(next);
  };
  useEffect(
    () => frames.want(Math.max(0, position - 2), Math.min(frames.total - 1, position + 2)),
    [position, frames],
  );
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === 'ArrowLeft') move(-1);
      if (key === 'ArrowRight') move(1);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  const title = frame
    ? t('frameAt', { number: frame.index, total: frames.total, time: clock(frame.timeSeconds, 3) })
    : t('loading');
  return (
    <Dialog title={title} size="full" onClose={onClose}>
      <div
        class={`frame-large${zoomed ? ' zoomed' : ''}`}
        tabIndex={zoomed ? 0 : undefined}
        onPointerDown={({ clientX, pointerType }) =>
          setTouchedAt(pointerType === 'touch' && !zoomed ? clientX : null)
        }
        onPointerUp={({ clientX }) => {
          const by = touchedAt === null ? 0 : clientX - touchedAt;
          if (Math.abs(by) > SWIPE_PIXELS) move(by < 0 ? 1 : -1);
          setTouchedAt(null);
        }}
      >
        {frame && (
          <PrivateImage key={frame.index} of={frameOf(videoId, extractionId, frame.index)} alt={title}>
            <PrivateImage of={frameOf(videoId, extractionId, frame.index, '320')} alt="" />
          </PrivateImage>
        )}
      </div>
      <div class="frame-tools">
        <div class="actions">
          <Button icon="back" iconOnly disabled={position === 0} onClick={() => move(-1)}>
            {t('previousFrame')}
          </Button>
          <Button icon="forward" iconOnly disabled={position >= frames.total - 1} onClick={() => move(1)}>
            {t('nextFrame')}
          </Button>
        </div>
        <div class="actions">
          <Button icon="search" aria-pressed={zoomed} onClick={() => setZoomed(!zoomed)}>
            {t('fullSize')}
          </Button>
          <Button
            icon="download"
            disabled={!frame}
            onClick={() =>
              frame &&
              void saveFrame(
                frameOf(videoId, extractionId, frame.index),
                `frame_${String(frame.index).padStart(6, '0')}.${format}`,
              )
            }
          >
            {t('saveFrame')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

async function saveFrame(picture: Picture, name: string): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await picture.load(null));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    showToast(sentenceOf(error), { tone: 'bad' });
  }
}
