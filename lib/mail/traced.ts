import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '../tracing/trace.ts';
import type { Mailer } from './mailer.ts';

/** A mailer whose deliveries are spans; nothing of the mail is in them. */
export const tracedMailer = (mailer: Mailer): Mailer => ({
  ...mailer,
  send: (mail) => inSpan('mail send', { kind: SpanKind.CLIENT }, () => mailer.send(mail)),
});
