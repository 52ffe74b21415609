import type { Operation } from './operations.ts';

/** The headers that every answer has, and what stands in them. */
export const SECURITY_HEADERS: Record<string, RegExp> = {
  'content-security-policy':
    /^default-src 'none'; (?!.*(unsafe|\*|data:)).*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^no-referrer$/,
  'permissions-policy': /camera=\(\).*microphone=\(\)/,
  'cross-origin-opener-policy': /^same-origin$/,
};

/** The document is public: any page may read it. Nothing else is. */
const PUBLIC = 'getOpenApi';
/** What a browser keeps of a program's answers must not be what another person sees, nor a proxy's. */
const PRIVATE = /^(private, )?no-store$|^private, no-cache$/;

/** What is wrong with the headers of an answer of the API; undefined when nothing is. */
export function headerFaults(
  { id }: Pick<Operation, 'id'>,
  { headers }: { headers: Headers },
): string | undefined {
  const get = (name: string) => headers.get(name) ?? '';
  const lacks = Object.entries(SECURITY_HEADERS).find(([name, pattern]) => !pattern.test(get(name)));
  if (lacks) return `${lacks[0]}: ${get(lacks[0])}`;
  const sharing = id === PUBLIC ? 'cross-origin' : 'same-origin';
  if (get('cross-origin-resource-policy') !== sharing) return 'other origins may load it';
  const cors = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
  if (cors.length > 0 && id !== PUBLIC) return `other origins may read it: ${cors.join(', ')}`;
  if (id !== PUBLIC && !PRIVATE.test(get('cache-control'))) return `cache-control: ${get('cache-control')}`;
  // Tokens go in a header that no browser sends by itself, so that there is nothing to forge (CSRF).
  if (headers.has('set-cookie')) return 'it sets a cookie';
  if (headers.has('strict-transport-security')) return 'it asks for TLS, which this system does not have';
  // How long a compressed answer is would tell what is in it (BREACH).
  if (headers.has('content-encoding')) return 'it is compressed';
  return ['server', 'x-powered-by'].find((name) => headers.has(name));
}
