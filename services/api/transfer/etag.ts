/**
 * Whether an If-None-Match or If-Match header names an entity tag, which is a strong one.
 * @param comparison weakly for If-None-Match, strongly for If-Match (RFC 9110, 8.8.3.2)
 */
export function matchesEtag(
  header: string | undefined,
  etag: string,
  comparison: 'weakly' | 'strongly' = 'weakly',
): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim());
  const candidates = comparison === 'weakly' ? tags.map((tag) => tag.replace(/^W\//, '')) : tags;
  return candidates.includes('*') || candidates.includes(etag);
}
