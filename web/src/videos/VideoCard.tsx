import type { Video } from '../api/schemas.ts';
import { ago, clock, fileSize } from '../i18n/format.ts';
import { failureText, t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { PrivateImage } from '../ui/PrivateImage.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { posterOf } from '../video/pictures.ts';
import { deleteVideo } from './deletion.ts';
import { downloadArchive } from './download.ts';
import { etaWords, isUnfinished, statusTones, statusWords } from './status.ts';

/** A video in the list. */
export function VideoCard({ video }: { video: Video }) {
  const { id, filename, status, progress, error } = video;
  return (
    <li class="video" data-status={status}>
      <a class="video-poster" href={paths.video(id)} tabIndex={-1} aria-hidden="true">
        {status === 'completed' ? (
          <PrivateImage of={posterOf(video)} alt="" />
        ) : (
          <span class="picture">
            <Icon name="film" size={28} />
          </span>
        )}
        {video.media && <span class="video-length numbers">{clock(video.media.durationSeconds)}</span>}
      </a>
      <div class="video-words">
        <h2>
          <a href={paths.video(id)}>{filename}</a>
        </h2>
        <p class="video-status">
          <span class={`badge ${statusTones[status]}`}>{statusWords(video)}</span>
          <span class="soft small numbers">{etaWords(video)}</span>
        </p>
        {isUnfinished(video) ? (
          <ProgressBar
            value={progress}
            label={t('progressOf', { name: filename })}
            still={status === 'queued'}
          />
        ) : error ? (
          <p class="small failure">{failureText(error.code) ?? error.message}</p>
        ) : null}
        <div class="video-foot">
          <p class="small soft numbers">{facts(video).join(' · ')}</p>
          <CardActions video={video} />
        </div>
      </div>
    </li>
  );
}

const newestOf = ({ extractions }: Video) => extractions[0]?.id ?? '';

/** Lines break between them only. */
function facts({ frameCount, archive, size, createdAt }: Video): string[] {
  return [
    frameCount === null ? fileSize(size) : t('frames', { count: frameCount }),
    ...(archive ? [fileSize(archive.size)] : []),
    ago(createdAt),
  ].map((fact) => fact.replaceAll(' ', '\u00a0'));
}

function CardActions({ video }: { video: Video }) {
  const named = (action: string) => ({ 'aria-label': t('actionOn', { action, name: video.filename }) });
  return (
    <div class="actions">
      {video.status === 'completed' && (
        <Button
          kind="quiet"
          size="small"
          icon="download"
          iconOnly
          onClick={() => void downloadArchive(video.id, newestOf(video))}
          {...named(t('download'))}
        >
          {t('download')}
        </Button>
      )}
      <Button
        kind="quiet"
        size="small"
        icon="trash"
        iconOnly
        onClick={({ currentTarget }) => {
          focusNeighbour(currentTarget);
          deleteVideo(video);
        }}
        {...named(t('delete'))}
      >
        {t('delete')}
      </Button>
    </div>
  );
}

/** The card is about to go: whoever works with the keyboard goes on beside it. */
function focusNeighbour(within: Element): void {
  const card = within.closest('.video');
  const neighbour = card?.nextElementSibling ?? card?.previousElementSibling;
  const next =
    neighbour?.querySelector<HTMLElement>('h2 a') ?? document.querySelector<HTMLElement>('.view-title');
  next?.focus({ preventScroll: true });
}
