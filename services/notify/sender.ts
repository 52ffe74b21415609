import type { Locale, Person } from '../../lib/contracts.ts';
import { problemCode } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { insist } from '../../lib/insist.ts';
import { metrics } from '../../lib/metrics.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { inSpan, inTrace } from '../../lib/tracing/trace.ts';
import { isRefusal, type Mailer } from '../../lib/mail/mailer.ts';
import { enclose, type EnclosureNeeds } from './enclosures.ts';
import type { MailLimits } from './mail-limits.ts';
import type { Notification, NotifyDatabase, Suppression } from './models.ts';
import { claimDue, renewLease, settleAttempt, type Outcome } from './notifications.ts';
import { suppress, suppressionOf } from './suppressions.ts';
import { templates } from './templates/index.ts';

/** What sending needs. */
export interface SenderNeeds extends EnclosureNeeds {
  db: NotifyDatabase;
  mailer: Mailer;
  limits: MailLimits;
  /** @throws a problem with the code `not_found` when the person is gone */
  person: (personId: string) => Promise<Mailbox>;
  logger: Logger;
  /** How long a dead sender keeps a notification from the others. */
  leaseMs?: number;
  clock?: () => Date;
}

const LEASE_MS = 30_000;
const IDLE_MS = 5000;
/** Mails on their way at once; one slow mail holds up none of the others. */
const LANES = 4;

/**
 * Send what is due, now and whenever kicked, until stopped.
 * @returns one loop for all lanes; `stop` waits for the mails that are on their way
 */
export function startSender(needs: SenderNeeds): Loop {
  const lanes = Array.from({ length: LANES }, () =>
    startLoop('Sending notifications', IDLE_MS, (signal) => sendDue(needs, signal), needs.logger),
  );
  return {
    kick: () => lanes.forEach((lane) => lane.kick()),
    stop: async () => {
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

/**
 * Send one notification after the other until none is due. A crash between sending a mail and marking it sends that
 * mail once more; nothing is ever left unsent.
 * @param signal stops after the mail in hand
 */
export async function sendDue(needs: SenderNeeds, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const notification = await claimDue(needs.db, 'email', leaseOf(needs), now(needs));
    if (!notification) return;
    await withLease(needs, notification, async () => {
      const startedAt = now(needs);
      const { kind } = notification;
      const outcome = await inTrace(notification.trace, () =>
        inSpan('notification', { attributes: { 'notification.kind': kind } }, () =>
          attempt(needs, notification),
        ),
      );
      // A mail that is sent but not marked would be sent again.
      const settle = () => settleAttempt(needs.db, notification, outcome, now(needs), startedAt);
      metrics.mail.inc({ result: outcome.kind });
      if (outcome.kind === 'sent') metrics.mailSeconds.observe(secondsSince(notification, now(needs)));
      report(needs.logger, notification, outcome, await insist(settle, needs.logger));
    });
  }
}

const secondsSince = ({ createdAt }: Notification, end: Date) => (end.getTime() - createdAt.getTime()) / 1000;

const now = ({ clock }: SenderNeeds) => clock?.() ?? new Date();
const leaseOf = ({ leaseMs }: SenderNeeds) => leaseMs ?? LEASE_MS;

/** A mail server may take longer than a lease; as long as this process lives, the notification stays ours. */
async function withLease<T>(
  needs: SenderNeeds,
  notification: Notification,
  work: () => Promise<T>,
): Promise<T> {
  const renew = () => renewLease(needs.db, notification, leaseOf(needs), now(needs));
  const lease = startLoop('Renewing a lease', leaseOf(needs) / 3, renew, needs.logger);
  try {
    return await work();
  } finally {
    await lease.stop();
  }
}

async function attempt(needs: SenderNeeds, notification: Notification): Promise<Outcome> {
  try {
    const reader = await findReader(needs, notification);
    if (!reader) return { kind: 'refused', reason: 'The person is gone' };
    const suppressed = await suppressionOf(needs.db, reader.email);
    if (suppressed && !comesThrough(notification, suppressed.reason)) {
      const since = suppressed.at.toISOString();
      return { kind: 'refused', reason: `The address gets no mail since ${since}: ${suppressed.reason}` };
    }
    if (!(await needs.limits.allows(notification, reader))) {
      return { kind: 'refused', reason: 'The address is not verified, and has got enough mail for a day' };
    }
    return await deliver(needs, notification, reader);
  } catch (error) {
    return { kind: isRefusal(error) ? 'refused' : 'failed', reason: String(error) };
  }
}

/**
 * Whoever has forgotten their password can't log in to say that their mailbox works again, so that one letter, which
 * somebody has asked for just now, is tried all the same. A confirmation can wait: its reader is logged in.
 */
const comesThrough = ({ kind }: Notification, reason: Suppression['reason']) =>
  kind === 'account.reset' && reason !== 'complaint';

async function deliver(needs: SenderNeeds, notification: Notification, reader: Mailbox): Promise<Outcome> {
  const { id, kind, payload } = notification;
  if (kind === 'webhook.test') return { kind: 'refused', reason: 'A test goes to its webhook only' };
  const enclosed = await enclose(needs, notification);
  if ('pointless' in enclosed) return { kind: 'refused', reason: enclosed.pointless };
  const { inline, ...enclosures } = enclosed;
  const { publicUrl } = needs;
  const content = templates[kind].render(payload, { reader, publicUrl, ...enclosures });
  const { unsubscribeUrl } = enclosures;
  try {
    await needs.mailer.send({ id, to: reader.email, ...content, inline, unsubscribeUrl });
  } catch (error) {
    if (isRefusal(error) && error.isAboutRecipient) {
      await suppress(needs.db, { address: reader.email, reason: 'refused' }, now(needs));
    }
    throw error;
  }
  return { kind: 'sent', recipient: reader.email };
}

type Mailbox = Pick<Person, 'email' | 'name' | 'locale' | 'emailVerified'>;

/** People may change their address and language until the mail is sent, hence the look-up at each attempt. */
async function findReader(
  { person }: SenderNeeds,
  { personId, recipient, payload }: Notification,
): Promise<Mailbox | null> {
  // The address was given: somebody's own text, or the last letter to a person who is gone.
  if (recipient !== null || personId === null) {
    const { locale = 'en' } = payload as { locale?: Locale };
    return { email: recipient ?? '', name: null, locale, emailVerified: false };
  }
  return person(personId).catch((error: unknown) => {
    if (problemCode(error) === 'not_found') return null;
    throw error;
  });
}

function report(logger: Logger, { id, attempts }: Notification, outcome: Outcome, again: boolean): void {
  if (outcome.kind === 'sent') logger.info(`Notification ${id} sent`);
  else if (again)
    logger.warn(`Notification ${id} not sent (attempt ${attempts}), will try again: ${outcome.reason}`);
  else logger.error(`Notification ${id} given up: ${outcome.reason}`);
}
