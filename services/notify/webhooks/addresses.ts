import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What lies in no special range and is special all the same: Azure's metadata and wire server. */
const METADATA = ['168.63.129.16'];

/** All global unicast addresses there are (RFC 4291, section 2.4; IANA has given out no others). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Where a network translates IPv6 to IPv4 (RFC 6052): the last 32 bits are the address that is meant. */
const TRANSLATED = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** Tells whether webhooks may go to an address. */
export type IsAllowed = (address: string) => boolean;

/**
 * Webhooks go to public addresses only: never to this machine, to private networks, to a cloud's metadata.
 * @param networks CIDRs that are allowed all the same
 */
export function createAddressRule(networks: readonly string[]): IsAllowed {
  const allowed = networks.map((network) => ipaddr.parseCIDR(network));
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = meantBy(ipaddr.parse(text));
    return isPublic(address) || allowed.some((network) => contains(network, address));
  };
}

/** An IPv4 address that stands in an IPv6 address is judged as what it is. */
function meantBy(address: Address): Address {
  if (!isIPv6(address)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(TRANSLATED)) return new ipaddr.IPv4(address.toByteArray().slice(-4));
  return address;
}

function isPublic(address: Address): boolean {
  if (isIPv6(address) && (address.zoneId || !address.match(GLOBAL_UNICAST))) return false;
  return address.range() === 'unicast' && !METADATA.includes(address.toString());
}

function contains([network, bits]: [Address, number], address: Address): boolean {
  return network.kind() === address.kind() && address.match([network, bits] as [ipaddr.IPv4, number]);
}

const isIPv6 = (address: Address): address is ipaddr.IPv6 => address.kind() === 'ipv6';
