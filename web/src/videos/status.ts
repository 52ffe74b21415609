import type { Extraction, Status, Video } from '../api/schemas.ts';
import { roughly } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';

export const statuses = [
  'queued',
  'processing',
  'completed',
  'failed',
  'canceled',
  'expired',
] as const satisfies Status[];

/** Whether an extraction waits or runs. */
export const isUnfinished = ({ status }: Pick<Extraction, 'status'>): boolean =>
  status === 'queued' || status === 'processing';

/** How a status looks. */
export const statusTones = {
  queued: '',
  processing: 'busy',
  completed: 'good',
  failed: 'bad',
  canceled: '',
  expired: 'warn',
} as const satisfies Record<Status, string>;

type Outlook = Pick<Video, 'status' | 'progress' | 'queuePosition' | 'etaSeconds'>;

/** Status, progress and place in the queue in a few words. */
export function statusWords({ status, progress, queuePosition }: Outlook): string {
  if (status === 'processing') return t('processingAt', { percent: progress });
  if (status === 'queued' && queuePosition !== null) return t('queuedAt', { place: queuePosition });
  return t(`status_${status}`);
}

/** How long it still takes; nothing when nobody knows. */
export const etaWords = ({ status, etaSeconds }: Outlook): string =>
  (status === 'queued' || status === 'processing') && etaSeconds !== null
    ? t('timeLeft', { rest: roughly(etaSeconds) })
    : '';
