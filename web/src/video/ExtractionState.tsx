import type { Extraction, Video } from '../api/schemas.ts';
import { failureText, t } from '../i18n/index.ts';
import { Note } from '../ui/Note.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { etaWords, isUnfinished, statusTones, statusWords } from '../videos/status.ts';

/** How far an extraction is, or how it ended. */
export function ExtractionState({ video, extraction }: { video: Video; extraction: Extraction }) {
  const { status, progress, error, warnings } = extraction;
  return (
    <>
      {isUnfinished(extraction) && (
        <section class="card progress-card" aria-label={t('progress')}>
          <div class="card-head">
            <span class={`badge ${statusTones[status]}`}>{statusWords(extraction)}</span>
            <span class="soft numbers">{etaWords(extraction)}</span>
          </div>
          <ProgressBar
            value={progress}
            label={t('progressOf', { name: video.filename })}
            still={status === 'queued'}
          />
          <p class="soft small">{status === 'queued' ? t('queuedMore') : t('processingMore')}</p>
        </section>
      )}
      <div role="status" class="unseen">
        {t(`status_${status}`)}
      </div>
      {status === 'failed' && (
        <Note tone="bad">
          <p>{(error && (failureText(error.code) ?? error.message)) ?? t('status_failed')}</p>
        </Note>
      )}
      {status === 'canceled' && (
        <Note tone="info">
          <p>{t('canceledMore')}</p>
        </Note>
      )}
      {status === 'expired' && (
        <Note tone="warn">
          <p>{video.sourceRemovedAt ? t('expiredForGood') : t('expiredMore')}</p>
        </Note>
      )}
      {warnings.length > 0 && (
        <Note tone="warn">
          <p>{t('warnings')}</p>
          <ul class="warnings">
            {warnings.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Note>
      )}
    </>
  );
}
