import type { Webhook } from '../api/schemas.ts';

/** What a webhook can be told. */
export type HookKind = Webhook['kinds'][number];

/** None can be forgotten here. */
const told: Record<HookKind, true> = {
  'video.processed': true,
  'video.processed_with_warnings': true,
  'video.failed': true,
  'quota.nearly_used': true,
  'security.new_login': true,
  'security.password_changed': true,
  'security.password_reset': true,
  'security.sessions_ended': true,
  'security.second_factor_enabled': true,
  'security.second_factor_disabled': true,
  'security.recovery_code_used': true,
  'security.api_key_created': true,
  'security.webhook_disabled': true,
};

export const hookKinds = Object.keys(told) as HookKind[];
