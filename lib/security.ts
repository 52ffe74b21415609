// What people send about keys and the second factor; the gateway and `auth` check the same.
import { z } from 'zod';

const DAYS_MAX = 3650;

/** Any text may be tried. */
const password = z.string().max(200);
/** Six digits, or a recovery code; people copy spaces along. */
export const codeText = z.string().trim().min(1).max(50);

export const passwordOnly = z.strictObject({ password });
export const codeOnly = z.strictObject({ code: codeText });
export const passwordAndCode = z.strictObject({ password, code: codeText });
export const passwordAndMaybeCode = z.strictObject({ password, code: codeText.optional() });

/** A new API key. */
export const newKey = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'Control characters are not allowed'),
  scope: z.enum(['read', 'write']),
  /** Null and left out: until it is deleted. */
  expiresDays: z.int().min(1).max(DAYS_MAX).nullable().default(null),
});

const time = z.iso.datetime();

/** An API key as its person sees it. Times are ISO 8601. */
export const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scope: z.enum(['read', 'write']),
    prefix: z.string().describe('Tells it from others'),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyJson = z.output<typeof apiKeySchema>;
