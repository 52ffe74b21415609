import proxyAddress from 'proxy-addr';
import { z } from 'zod';
import { hasKnownTls, POSTGRES_TLS } from '../postgres-tls.ts';

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).describe(`a whole number from ${min} to ${max}`);

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .describe('true or false');

/** A URL with one of these schemes; what follows the scheme is for whoever uses it to judge. */
export const url = (...schemes: string[]) =>
  z
    .string()
    .regex(new RegExp(`^(${schemes.join('|')}):.+`))
    .describe(`a URL that starts with ${schemes.map((scheme) => `${scheme}:`).join(' or ')}`);

/** Where one instance of the system ends and another begins, on a broker that they share. */
export const namespace = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/)
  .describe('1 to 40 of a-z, 0-9 and -');

/** How many proxies stand before the gateway, or whose word about addresses is taken: CIDRs, or proxy-addr's names. */
export const trustedProxies = z
  .string()
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim())))
  .refine((value) => (typeof value === 'number' ? value <= 10 : areNetworks(value)))
  .describe('a number of proxies from 0 to 10, or networks, for instance: 10.0.0.0/8, loopback');

function areNetworks(list: string[]): boolean {
  try {
    proxyAddress.compile(list);
    return true;
  } catch {
    return false;
  }
}

/** Networks in CIDR notation, with commas between them. */
export const networks = z
  .string()
  .transform((list) => list.split(',').map((network) => network.trim()))
  .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()])))
  .describe('networks in CIDR notation, with commas between them, for instance: 10.1.0.0/16,fd12::/48');

/** The URL of a database, if it has one of its own. */
export const postgresUrl = url('postgres', 'postgresql')
  .refine(hasKnownTls)
  .describe(`a URL that starts with postgres: or postgresql:, ${POSTGRES_TLS}`)
  .optional();
