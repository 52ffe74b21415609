import { readSettings } from './settings.ts';

/** Every figure that makes one environment differ from another. Change these before the first use. */
export const environments = readSettings({
  repository: 'example/video-system',
  environments: {
    prod: {
      account: '111122223333',
      region: 'us-east-1',
      network: { cidr: '10.20.0.0/16', natPerZone: true },
      cluster: {
        version: '1.35',
        adminNetworks: ['198.51.100.0/24'],
        adminPrincipals: ['arn:aws:iam::111122223333:role/platform-admin'],
        services: { types: ['m7g.large'], min: 3, max: 12 },
        processors: { types: ['c7g.xlarge', 'c7g.2xlarge', 'c6g.2xlarge'], min: 0, max: 50 },
      },
      data: {
        ...{ databaseClass: 'db.m7g.large', databaseGigabytes: 100, multiZone: true },
        ...{ brokerType: 'mq.m7g.large', backupDays: 14, objectDays: 60 },
      },
      mail: { domain: 'frames.example.com', sender: 'frames@frames.example.com' },
      edge: { host: 'frames.example.com', zoneId: 'Z0000000EXAMPLE' },
      budget: { dollars: 2500, email: 'platform@example.com' },
      protect: true,
    },
    dev: {
      account: '444455556666',
      region: 'us-east-1',
      network: { cidr: '10.30.0.0/16', natPerZone: false },
      cluster: {
        version: '1.35',
        adminNetworks: ['198.51.100.0/24'],
        adminPrincipals: ['arn:aws:iam::444455556666:role/platform-admin'],
        services: { types: ['t4g.large'], min: 2, max: 4 },
        processors: { types: ['c7g.large', 'c6g.large'], min: 0, max: 4 },
      },
      data: {
        ...{ databaseClass: 'db.t4g.small', databaseGigabytes: 20, multiZone: false },
        ...{ brokerType: 'mq.m7g.medium', backupDays: 1, objectDays: 31 },
      },
      mail: { domain: 'dev.frames.example.com', sender: 'frames@dev.frames.example.com' },
      edge: { host: 'dev.frames.example.com' },
      budget: { dollars: 600, email: 'platform@example.com' },
      protect: false,
    },
  },
});
