import { describe, expect, test } from '@jest/globals';
import { createAddressRule } from './addresses.ts';

const forbidden = {
  'this machine': ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '0.1.2.3', '::'],
  'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'the link': ['169.254.1.1', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
  'metadata of clouds': [
    '169.254.169.254',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
  ],
  'a carrier’s NAT': ['100.64.0.1', '100.127.255.255'],
  groups: ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  'documentation and benchmarks': [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '2001:db8::1',
    '3fff::1',
  ],
  'what is reserved': ['240.0.0.1', '192.88.99.1', '100::1', '5f00::1', '4000::1'],
  'IPv4 within IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::127.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::808:808',
    '2002:7f00:1::1',
    '2002:808:808::1',
    '2001:0:7f00:1::1',
  ],
  'no address': ['', 'localhost', 'example.com', '1.2.3.4.5', ':::'],
};

describe('webhooks may not go to', () => {
  const isAllowed = createAddressRule([]);
  test.each(Object.entries(forbidden))('%s', (_, addresses) => {
    expect(addresses.filter(isAllowed)).toEqual([]);
  });
});

test('webhooks may go to public addresses, also through a network that translates', () => {
  const addresses = [
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '172.32.0.1',
    '2606:4700:4700::1111',
    '2a00:1450:4001::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ];
  expect(addresses.filter((address) => !createAddressRule([])(address))).toEqual([]);
});

test('networks can be allowed, and nothing beside them', () => {
  const isAllowed = createAddressRule(['127.0.0.0/8', '10.1.0.0/16', 'fd12::/32']);
  expect(['127.0.0.1', '10.1.2.3', 'fd12::5', '::ffff:127.0.0.1', '8.8.8.8'].filter(isAllowed)).toHaveLength(
    5,
  );
  expect(['10.2.0.1', 'fd13::1', '::1', '169.254.169.254'].filter(isAllowed)).toEqual([]);
});
