// What people send to have an account and to use it; the gateway and `auth` check the same.
import { z } from 'zod';
import { localeSchema } from './contracts.ts';
import { codeText } from './security.ts';

/** PostgreSQL stores no NUL, and a line break in a name would end up in a mail header. */
const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, 'Control characters are not allowed');

/** 254 is the longest address that mail can be sent to (RFC 5321, erratum 1690). */
const email = line(254);

const MAX_PASSWORD_LENGTH = 200;
/** `auth` refuses some more: see services/auth/password-rules.ts. */
const newPassword = z.string().min(10).max(MAX_PASSWORD_LENGTH);

const name = line(100)
  .nullable()
  .transform((text) => (text === '' ? null : text));

/** The addresses a browser's own e-mail field takes, so that the page and the service never disagree. */
export const registration = z.strictObject({
  email: email.regex(z.regexes.html5Email, 'This is not an e-mail address'),
  password: newPassword,
  name: name.default(null),
  locale: localeSchema.default('en'),
});
export type Registration = z.output<typeof registration>;

/** Any text may be tried: what cannot be an account is answered like a wrong password. */
export const credentials = z.strictObject({
  email,
  password: z.string().max(MAX_PASSWORD_LENGTH),
  /** Of the second factor, where the account has one. */
  code: codeText.optional(),
});

export const refreshTokenHolder = z.strictObject({ refreshToken: z.string().max(1000) });

/** A token that a letter carries. */
const letterToken = z.string().max(100);
export const verification = z.strictObject({ token: letterToken });
export const forgottenPassword = z.strictObject({ email });
export const passwordReset = z.strictObject({ token: letterToken, password: newPassword });
export const passwordChange = z.strictObject({
  currentPassword: z.string().max(MAX_PASSWORD_LENGTH),
  newPassword,
});

/** What people may change of themselves. */
export const profile = z.strictObject({ name: name.optional(), locale: localeSchema.optional() });
export type Profile = z.output<typeof profile>;

/** Where a request came from, as far as it is known. */
export const origin = z.strictObject({
  /** The client's network address. */
  address: z.string().max(100).optional(),
  userAgent: z.string().max(500).optional(),
});
export type Origin = z.output<typeof origin>;
