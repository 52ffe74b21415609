import { z } from 'zod';
import type { NoticeKind } from '../../../lib/notices.ts';
import { accountDeleted, accountReset, accountVerify } from './account.ts';
import { message } from './message.ts';
import { quotaNearlyUsed } from './quota-nearly-used.ts';
import { security } from './security.ts';
import type { Setting } from './template.ts';
import type { Content } from './letter.ts';
import { videoFailed } from './video-failed.ts';
import { videoProcessed } from './video-processed.ts';

/** Every template there is, by name: one for each kind of notice, and one for somebody's own text. */
export const templates = {
  'video.processed': videoProcessed,
  'video.processed_with_warnings': videoProcessed,
  'video.failed': videoFailed,
  'quota.nearly_used': quotaNearlyUsed,
  'security.new_login': security('security.new_login'),
  'security.password_changed': security('security.password_changed'),
  'security.password_reset': security('security.password_reset'),
  'security.sessions_ended': security('security.sessions_ended'),
  'security.second_factor_enabled': security('security.second_factor_enabled'),
  'security.second_factor_disabled': security('security.second_factor_disabled'),
  'security.recovery_code_used': security('security.recovery_code_used'),
  'security.api_key_created': security('security.api_key_created'),
  'security.webhook_disabled': security('security.webhook_disabled'),
  'account.verify': accountVerify,
  'account.reset': accountReset,
  'account.deleted': accountDeleted,
  message,
} satisfies Record<NoticeKind | 'message', { render(payload: object, setting: Setting): Content }>;

const request = <Name extends keyof typeof templates>(name: Name) =>
  z.strictObject({
    to: z.email({ pattern: z.regexes.html5Email }).max(254),
    template: z.literal(name),
    data: templates[name].schema,
  });

/** What `notify.send` takes: a recipient, a template's name and what that template needs. */
export const notificationRequest = z.discriminatedUnion('template', [
  request('video.processed'),
  request('video.failed'),
  request('message'),
]);

export type NotificationRequest = z.output<typeof notificationRequest>;
