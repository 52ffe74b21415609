import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clock } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { PrivateImage } from '../ui/PrivateImage.tsx';
import type { FrameList } from './frames.ts';
import { frameOf } from './pictures.ts';
import { windowOf } from './window.ts';

interface FrameGridProps {
  videoId: string;
  extractionId: string;
  frames: FrameList;
  /** Width divided by height. */
  aspect: number;
  onOpen: (position: number) => void;
}

const CELL_WIDTH = 168;
const CAPTION_HEIGHT = 34;
const GAP = 10;

/** All frames, of which only those in sight are in the document: there may be a hundred thousand. */
export function FrameGrid({ videoId, extractionId, frames, aspect, onOpen }: FrameGridProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width, scrolled } = useSight(place);
  const columnsNow = Math.max(2, Math.floor(width / CELL_WIDTH));
  const rowHeight = Math.round((width / columnsNow - GAP) / aspect) + CAPTION_HEIGHT + GAP;
  const shown = windowOf({
    total: frames.total,
    width,
    cellWidth: CELL_WIDTH,
    rowHeight,
    scrolled,
    windowHeight: innerHeight,
  });
  const from = shown.firstRow * shown.columns;
  const to = Math.min(shown.endRow * shown.columns, frames.total);
  useEffect(() => {
    if (to > from) frames.want(from, to - 1);
  }, [from, to, frames]);
  return (
    <div ref={place} class="frame-grid" style={{ height: `${shown.rows * rowHeight}px` }}>
      <ul
        style={{
          translate: `0 ${shown.firstRow * rowHeight}px`,
          gridTemplateColumns: `repeat(${shown.columns}, minmax(0, 1fr))`,
          gridAutoRows: `${rowHeight - GAP}px`,
        }}
      >
        {Array.from({ length: to - from }, (_, offset) => {
          const position = from + offset;
          const frame = frames.at(position);
          return (
            <li key={position}>
              {frame && (
                <button type="button" class="frame" onClick={() => onOpen(position)}>
                  <PrivateImage of={frameOf(videoId, extractionId, frame.index, '320')} alt="" />
                  <span class="frame-time numbers">
                    <span class="unseen">{t('frameNumber', { number: frame.index })} </span>
                    {clock(frame.timeSeconds, 2)}
                  </span>
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** How wide a place is, and how far it is scrolled. */
function useSight(place: { current: HTMLElement | null }): { width: number; scrolled: number } {
  const [sight, setSight] = useState({ width: 640, scrolled: 0 });
  useLayoutEffect(() => {
    let asked = 0;
    const measure = () => {
      asked = 0;
      const box = place.current?.getBoundingClientRect();
      if (box) setSight({ width: box.width, scrolled: -box.top });
    };
    const askLater = () => {
      asked ||= requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(askLater);
    if (place.current) observer.observe(place.current);
    addEventListener('scroll', askLater, { passive: true });
    addEventListener('resize', askLater);
    measure();
    return () => {
      cancelAnimationFrame(asked);
      observer.disconnect();
      removeEventListener('scroll', askLater);
      removeEventListener('resize', askLater);
    };
  }, []);
  return sight;
}
