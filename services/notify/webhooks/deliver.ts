import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Logger } from '../../../lib/logger.ts';
import { insist } from '../../../lib/insist.ts';
import { metrics } from '../../../lib/metrics.ts';
import { inSpan, inTrace } from '../../../lib/tracing/trace.ts';
import { version } from '../../../lib/version.ts';
import type { NotifyDatabase } from '../models.ts';
import type { Outcome } from '../notifications.ts';
import { bodyOf } from './body.ts';
import { putOff, type Claimed } from './claim.ts';
import type { Guard } from './guard.ts';
import type { HostLimit } from './host-limit.ts';
import { post, type Answer } from './post.ts';
import { readRetryAfter } from './schedule.ts';
import { signatureHeaders, type Safe } from './secrets.ts';
import { settleDelivery, type DeliveryResult } from './settle.ts';

/** What delivering needs. */
export interface DeliveryNeeds {
  db: NotifyDatabase;
  guard: Guard;
  safe: Safe;
  publicUrl: string;
  logger: Logger;
  /** Without it, no host gets too much. */
  hostLimit?: HostLimit;
  timeoutMs?: number;
  clock?: () => Date;
}

/**
 * Make one attempt at a claimed delivery and write down how it ended. A crash in between has it made once more, with
 * the same `webhook-id`.
 */
export async function deliver(needs: DeliveryNeeds, delivery: Claimed): Promise<void> {
  const { db, logger, clock = () => new Date() } = needs;
  const startedAt = clock();
  const pauseMs = (await needs.hostLimit?.(delivery.url)) ?? null;
  if (pauseMs !== null) {
    await insist(() => putOff(db, delivery, new Date(startedAt.getTime() + pauseMs)), logger);
    metrics.webhooks.inc({ result: 'put_off' });
    return;
  }
  const result = await inTrace(delivery.trace, () =>
    inSpan('notification', { attributes: { 'notification.kind': delivery.kind } }, () =>
      attempt(needs, delivery, startedAt),
    ),
  );
  const settle = () => settleDelivery(db, delivery, result, clock(), startedAt);
  const ending = await insist(settle, logger);
  metrics.webhooks.inc({ result: result.outcome.kind });
  const what = `Delivery ${delivery.id} to webhook ${delivery.endpointId}`;
  if (result.outcome.kind === 'sent') logger.info(`${what} made`);
  else logger.info(`${what} not made (attempt ${delivery.attempts}): ${result.outcome.reason}`);
  if (ending.disabled) logger.warn(`Webhook ${delivery.endpointId} is switched off: ${ending.disabled}`);
}

async function attempt(needs: DeliveryNeeds, delivery: Claimed, now: Date): Promise<DeliveryResult> {
  try {
    const body = bodyOf(delivery, needs.publicUrl);
    const signed = signatureHeaders(
      { id: delivery.eventId, body },
      secretsOf(needs.safe, delivery, now),
      now,
    );
    const headers = {
      ...signed,
      'content-type': 'application/json; charset=utf-8',
      'user-agent': `video-system/${version}`,
    };
    const answer = await send(needs, delivery, { headers, body });
    const { statusCode, retryAfter } = answer;
    const outcome = { ...judge(statusCode, delivery.url), statusCode, detail: answer.body };
    return { outcome, retryAfterMs: readRetryAfter(retryAfter, now) };
  } catch (error) {
    return { outcome: { kind: 'failed', reason: (error as Error).message }, retryAfterMs: null };
  }
}

/** Nothing of the trace goes along: whoever receives it is somebody else. */
const send = (needs: DeliveryNeeds, { url }: Claimed, content: Parameters<typeof post>[1]): Promise<Answer> =>
  inSpan('webhook send', { kind: SpanKind.CLIENT }, async (span) => {
    const answer = await post(new URL(url), content, needs);
    span?.setAttribute('http.response.status_code', answer.statusCode);
    if (judge(answer.statusCode, url).kind !== 'sent') span?.setStatus({ code: SpanStatusCode.ERROR });
    return answer;
  });

function judge(statusCode: number, url: string): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'sent', recipient: url };
  return { kind: statusCode === 410 ? 'refused' : 'failed', reason: statusSentence(statusCode) };
}

/** Why an answer with this status is none that counts. */
export function statusSentence(statusCode: number): string {
  const redirect = statusCode >= 300 && statusCode < 400;
  return `The endpoint answered ${statusCode}${redirect ? '; redirects are not followed' : ''}`;
}

/** The newest first; for a while after a rotation the one before signs, too. */
function secretsOf(safe: Safe, { endpointId, ...keys }: Claimed, now: Date): Buffer[] {
  const { secret, previousSecret, previousSecretUntil } = keys;
  const previous = previousSecret && previousSecretUntil && previousSecretUntil > now ? [previousSecret] : [];
  return [secret, ...previous].map((sealed) => safe.open(sealed, endpointId));
}
