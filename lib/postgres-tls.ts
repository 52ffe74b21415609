const NAMES = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];
const MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** What {@link hasKnownTls} lets pass, in words. */
export const POSTGRES_TLS = `whose parameters about TLS are of ${NAMES.join(', ')}; sslmode is of ${MODES.join(', ')}`;

/**
 * Whether the driver knows all that a URL says of TLS. It passes over what it doesn't know, and so a demand for TLS that
 * is misspelt would give a connection in plain text.
 * @param url of a PostgreSQL database
 */
export function hasKnownTls(url: string): boolean {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const isKnown = (name: string) => NAMES.includes(name) || !/ssl|tls/i.test(name);
  return [...parameters].every(
    ([name, value]) => isKnown(name) && (name !== 'sslmode' || MODES.includes(value)),
  );
}
