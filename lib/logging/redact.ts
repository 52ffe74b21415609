const NAMES =
  'password|passwd|secret|token|authorization|cookie|api-?key|otp|recovery-?code|signature|credential';

/** What must not be read in a log, and what stands there in its place. */
const rules: [RegExp, string][] = [
  // URLs of databases, brokers and mail servers.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^:@/\s"'\\]*):[^@\s"'\\]+@/gi, '$1:***@'],
  [/\botpauth:\/\/[^\s"'\\]+/gi, 'otpauth://***'],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 ***'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***'],
  [/\bvsk_[0-9a-f]+_[\w-]+/g, 'vsk_***'],
  [/\bwhsec_[\w+/=]+/g, 'whsec_***'],
  // Links that work for whoever has them; `/links/:secret` is the template of their route.
  [/(\/(?:links|exports|unsubscribe|reset|verify)\/)(?!:)[^/?\s"'\\]+/gi, '$1***'],
  // JSON, JSON within a text, JavaScript, headers, queries.
  [new RegExp(`("[\\w-]*(?:${NAMES})[\\w-]*" *: *)"(?:[^"\\\\]|\\\\.)*"`, 'gi'), '$1"***"'],
  [
    new RegExp(`(\\\\+)("[\\w-]*(?:${NAMES})[\\w-]*)\\1(" *: *)\\1".*?(?<!\\\\)\\1"`, 'gi'),
    '$1$2$1$3$1"***$1"',
  ],
  [new RegExp(`(\\b[\\w-]*(?:${NAMES})[\\w-]*'?: ')[^']*'`, 'gi'), "$1***'"],
  [/\b((?:set-)?cookie|authorization|x-api-key)( *: *)(?!"|\\|')[^"\\\n]+/gi, '$1$2***'],
  [new RegExp(`([?&;\\s"][\\w-]*(?:${NAMES})[\\w-]*=)[^&\\s"'\\\\]+`, 'gi'), '$1***'],
];

/**
 * Take secrets out of a text for the log: passwords, tokens, keys, cookies, signatures, links that need no login.
 * @param text a line, JSON or not; JSON stays JSON
 */
export const redact = (text: string): string =>
  rules.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
