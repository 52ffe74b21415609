import type { NoticeKind } from '../../../lib/notices.ts';
import { notices } from '../../../lib/notices.ts';
import { footnotes } from './footnotes.ts';
import { securityWords as words } from './security-words.ts';
import { greeting, moment, template } from './template.ts';
import { oneLine } from './words.ts';

export type SecurityKind = Extract<NoticeKind, `security.${string}`>;

/** What happened to an account, when and from where, and what to do if it was somebody else. */
export const security = (kind: SecurityKind) =>
  template(notices[kind].shape, (payload, setting) => {
    const { reader, publicUrl } = setting;
    const say = words[reader.locale];
    const { subject, told, name, advice = say.advice } = say.kinds[kind];
    const { at, address, userAgent } = payload;
    const facts: [string, string | null][] = [
      [name ?? say.name, payload.name && oneLine(payload.name, 100)],
      [say.when, moment(new Date(at), reader.locale)],
      [say.address, address && oneLine(address, 60)],
      [say.userAgent, userAgent && oneLine(userAgent, 120)],
    ];
    return {
      subject,
      preview: told,
      parts: [
        { kind: 'paragraph', text: greeting(reader) },
        { kind: 'paragraph', text: told },
        { kind: 'facts', facts: facts.filter((fact): fact is [string, string] => Boolean(fact[1])) },
        { kind: 'paragraph', text: advice },
        {
          kind: 'button',
          label: kind === 'security.webhook_disabled' ? say.openWebhooks : say.open,
          url: `${publicUrl}/#/account/${kind === 'security.webhook_disabled' ? 'webhooks' : 'security'}`,
        },
      ],
      footnotes: footnotes('security', setting),
    };
  });
