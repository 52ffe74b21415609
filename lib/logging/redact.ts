const NAMES =
  'password|passwd|secret|token|authorization|cookie|api-?key|otp|recovery-?code|signature|credential';

/**
 * A name with one of these words in it. It is looked through once, and has to begin where no name goes on: text of a
 * stranger may be made of nothing but such words, and would else take a time that grows with its square or cube.
 */
const NAME = `(?=[\\w-]*(?:${NAMES}))[\\w-]+`;

/** What must not be read in a log, and what stands there in its place. */
const rules: [RegExp, string][] = [
  // URLs of databases, brokers and mail servers.
  [/(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/[^:@/\s"'\\]*):[^@\s"'\\]{1,2000}@/gi, '$1:***@'],
  [/\botpauth:\/\/[^\s"'\\]+/gi, 'otpauth://***'],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 ***'],
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '***'],
  [/\bvsk_[0-9a-f]+_[\w-]+/g, 'vsk_***'],
  [/\bwhsec_[\w+/=]+/g, 'whsec_***'],
  // Links that work for whoever has them; `/links/:secret` is the template of their route.
  [/(\/(?:links|exports|unsubscribe|reset|verify)\/)(?!:)[^/?\s"'\\]+/gi, '$1***'],
  // JSON, JSON within a text, JavaScript, headers, queries.
  [new RegExp(`("${NAME}" *: *)"(?:[^"\\\\]|\\\\.)*"`, 'gi'), '$1"***"'],
  [new RegExp(`(?<!\\\\)(\\\\+)("${NAME})\\1(" *: *)\\1".*?(?<!\\\\)\\1"`, 'gi'), '$1$2$1$3$1"***$1"'],
  [new RegExp(`(?<![\\w-])(${NAME}'?: ')[^']*'`, 'gi'), "$1***'"],
  [/\b((?:set-)?cookie|authorization|x-api-key)( *: *)(?!"|\\|')[^"\\\n]+/gi, '$1$2***'],
  [new RegExp(`([?&;\\s"]${NAME}=)[^&\\s"'\\\\]+`, 'gi'), '$1***'],
];

/**
 * Take secrets out of a text for the log: passwords, tokens, keys, cookies, signatures, links that need no login.
 * @param text a line, JSON or not; JSON stays JSON
 */
export const redact = (text: string): string =>
  rules.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
