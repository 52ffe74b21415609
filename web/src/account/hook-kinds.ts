import type { NoticeKind } from '../../../lib/notices.ts';

/** What a webhook can be told; letters to their person are none of its business. */
export const hookKinds: Exclude<NoticeKind, `account.${string}`>[] = [
  'video.processed',
  'video.processed_with_warnings',
  'video.failed',
  'quota.nearly_used',
  'security.new_login',
  'security.password_changed',
  'security.password_reset',
  'security.sessions_ended',
  'security.second_factor_enabled',
  'security.second_factor_disabled',
  'security.recovery_code_used',
  'security.api_key_created',
  'security.webhook_disabled',
];
