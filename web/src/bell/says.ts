import type { NoticeKind } from '../../../lib/notices.ts';
import type { Notification } from '../api/schemas.ts';
import { fileSize } from '../i18n/format.ts';
import { failureText } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { kindName, n, type NoticeTextKey } from './texts.ts';

/** News in plain words, and where to look. */
interface Said {
  words: string;
  href: string;
  tone: 'good' | 'bad' | 'warn' | 'safe';
}

type Facts = Record<string, unknown>;

const text = (facts: Facts, name: string) => (typeof facts[name] === 'string' ? facts[name] : '');
const number = (facts: Facts, name: string) => (typeof facts[name] === 'number' ? facts[name] : 0);

/** Account security: what to say, and the part of the account that shows it. */
const incidents: Record<Extract<NoticeKind, `security.${string}`>, [NoticeTextKey, string]> = {
  'security.new_login': ['saysLogin', 'sessions'],
  'security.password_changed': ['saysPasswordChanged', 'security-log'],
  'security.password_reset': ['saysPasswordReset', 'security-log'],
  'security.sessions_ended': ['saysSessionsEnded', 'sessions'],
  'security.second_factor_enabled': ['saysFactorOn', 'second-factor'],
  'security.second_factor_disabled': ['saysFactorOff', 'second-factor'],
  'security.recovery_code_used': ['saysRecovery', 'second-factor'],
  'security.api_key_created': ['saysKey', 'keys'],
  'security.webhook_disabled': ['saysHook', 'webhooks'],
};

const isIncident = (kind: string): kind is keyof typeof incidents => Object.hasOwn(incidents, kind);

/** Say what a notice is about. One of a later version gives its kind, and leads to the list. */
export function saysOf({ kind, data }: Pick<Notification, 'kind' | 'data'>): Said {
  if (isIncident(kind)) {
    const [key, section] = incidents[kind];
    return { words: n(key, { name: text(data, 'name') }), href: paths.account(section), tone: 'safe' };
  }
  if (kind === 'quota.nearly_used') return saysQuota(data);
  if (kind.startsWith('video.')) return saysVideo(kind, data);
  return { words: kindName(kind), href: paths.list, tone: 'safe' };
}

function saysQuota(data: Facts): Said {
  const [used, limit] = [number(data, 'used'), number(data, 'limit')];
  const words =
    data.name === 'storedBytes'
      ? n('saysStored', { used: fileSize(used), limit: fileSize(limit) })
      : n('saysVideos', { used, limit });
  return { words, href: paths.account('usage'), tone: 'warn' };
}

function saysVideo(kind: string, data: Facts): Said {
  const filename = text(data, 'filename');
  const href = paths.video(text(data, 'videoId'));
  if (kind === 'video.failed') {
    const reason = failureText(text(data, 'code')) ?? '';
    return { words: n('saysFailed', { filename, reason }).trim(), href, tone: 'bad' };
  }
  const warned = kind === 'video.processed_with_warnings';
  const words = n(warned ? 'saysWarned' : 'saysProcessed', { filename, count: number(data, 'frameCount') });
  return { words, href, tone: warned ? 'warn' : 'good' };
}
