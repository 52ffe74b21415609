import type { Sequelize } from 'sequelize';
import { charge, createCounter, wentThrough } from '../../lib/counters.ts';
import { digest } from '../../lib/digest.ts';
import { isLetter } from '../../lib/notices.ts';
import type { Notification } from './models.ts';

const DAY_SECONDS = 24 * 3600;
/** Of what costs next to nothing to bring about, such as a new API key. */
const NOTICES_PER_DAY = 20;

/** Whose mailbox it is. */
interface Addressee {
  email: string;
  /** Whether they have shown that they want mail from here. */
  emailVerified: boolean;
}

/** Keeps whoever registers with a stranger's address from flooding the stranger with mail. */
export interface MailLimits {
  /** Count a mail, and tell whether it may go. */
  allows(notification: Pick<Notification, 'kind' | 'attempts'>, addressee: Addressee): Promise<boolean>;
}

/**
 * Letters that carry a token have limits where they are asked for, and an operator's own messages are nobody's attack.
 * A mail that is tried again is not counted again.
 * @param sequelize a migrated database `notify`
 * @param perDay how many mails an address gets that nobody has verified
 */
export function createMailLimits(sequelize: Sequelize, perDay: number): MailLimits {
  const all = createCounter(sequelize, 'mail-to', perDay, DAY_SECONDS);
  const notices = createCounter(sequelize, 'notices-to', NOTICES_PER_DAY, DAY_SECONDS);
  return {
    allows: async ({ kind, attempts }, { email, emailVerified }) => {
      const isFarewell = kind === 'account.deleted';
      const isFree = kind === 'message' || kind === 'webhook.test' || (isLetter(kind) && !isFarewell);
      if (emailVerified || isFree || attempts > 1) return true;
      const key = digest('mail', email.toLowerCase());
      const isNotice = isFarewell || kind.startsWith('security.');
      return wentThrough(charge(isNotice ? notices : all, key));
    },
  };
}
