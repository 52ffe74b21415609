import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { ProblemError } from '../../../lib/errors.ts';
import { createAddressRule } from './addresses.ts';

/** Looks a host name up; a name that nobody knows has no address. */
export type Resolve = (hostname: string) => Promise<string[]>;

interface GuardOptions {
  /** See {@link createAddressRule}. */
  networks: readonly string[];
  allowHttp: boolean;
  resolve: Resolve;
}

/** Keeps webhooks away from what is not public. */
export interface Guard {
  /**
   * Judge a URL before it is kept.
   * @throws ProblemError `forbidden_target` for an address that is not public; `validation_failed` for plain HTTP where
   * that is not allowed, and a host that is not found
   */
  admit(url: string): Promise<void>;
  /**
   * Judge a URL right before a connection is made.
   * @throws Error when it is, by itself, not allowed: an address is connected to without being looked up
   */
  insistOn(url: URL): void;
  /** Gives a connection the addresses that it may be made to: what was judged is what is connected to. */
  lookup: LookupFunction;
}

const FORBIDDEN = 'The host’s address is not a public one';

/** A name can be given another address at any time, so an address is judged both at registration and at each connection. */
export function createGuard({ networks, allowHttp, resolve }: GuardOptions): Guard {
  const isAllowed = createAddressRule(networks);
  const isAllowedScheme = ({ protocol }: URL) => protocol === 'https:' || (allowHttp && protocol === 'http:');

  const admit = async (text: string) => {
    const url = new URL(text);
    if (!isAllowedScheme(url)) throw invalid('Use https');
    const addresses = await addressesOf(hostOf(url), resolve);
    if (addresses.length === 0) throw invalid('This host is not found');
    if (!addresses.every(isAllowed)) throw new ProblemError('forbidden_target', { detail: FORBIDDEN });
  };

  const insistOn = (url: URL) => {
    if (!isAllowedScheme(url)) throw new Error('Only https is allowed');
    const host = hostOf(url);
    if (isIP(host) !== 0 && !isAllowed(host)) throw new Error(FORBIDDEN);
  };

  const judged = async (hostname: string) => {
    const addresses = await addressesOf(hostname, resolve);
    if (addresses.length === 0) throw new Error('The host is not found');
    if (!addresses.every(isAllowed)) throw new Error(FORBIDDEN);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };

  const lookup: LookupFunction = (hostname, { all }, callback) => {
    judged(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
  return { admit, insistOn, lookup };
}

/** Without the brackets that an IPv6 address has in a URL. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');

const addressesOf = async (host: string, resolve: Resolve) => (isIP(host) ? [host] : resolve(host));

const invalid = (message: string) =>
  new ProblemError('validation_failed', { errors: [{ path: 'url', message }] });

/**
 * Asks the name servers. Unlike the operating system's look-up it occupies no thread: names whose servers keep silent
 * hold up no other look-up.
 */
export function createResolver(): Resolve {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  return async (hostname) => {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}
