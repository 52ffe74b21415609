import { isIPv6 } from 'node:net';

/** One client can pick any address of its IPv6 network, so the network (64 bits, RFC 6177) counts as one address. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

/** A browser updates itself every few weeks and is the same to its person: its name counts without any version. */
export function browserOf(userAgent: string): string {
  return userAgent.replaceAll(/\d[\d._]*/g, '');
}
