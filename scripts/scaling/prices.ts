/** A price, and how far it was looked up. */
export interface Price {
  dollars: number;
  per: string;
  source: string;
}

/** Second-hand, but of this year: pages that quote AWS. None of AWS's own pages could be read. */
const QUOTED = 'quoted by a third party, June 2026';
const REMEMBERED = 'list price as known to the authors, not looked up';

/** Of us-east-1, in US dollars. Where there are tiers, that of large volumes is not used: real bills are a bit lower. */
export const prices = {
  'c7g.xlarge, spot': { dollars: 0.06, per: 'hour', source: 'assumed: 0.4 of the list price' },
  'm7g.large, on demand': { dollars: 0.0816, per: 'hour', source: QUOTED },
  'EKS control plane': { dollars: 0.1, per: 'hour', source: REMEMBERED },
  'db.m7g.large, two zones': { dollars: 0.337, per: 'hour', source: REMEMBERED },
  'database storage, two zones': { dollars: 0.23, per: 'GB a month', source: QUOTED },
  'mq.m7g.large, three brokers': { dollars: 0.864, per: 'hour', source: REMEMBERED },
  'S3 storage': { dollars: 0.023, per: 'GB a month', source: QUOTED },
  'S3 writes': { dollars: 0.005, per: '1000 requests', source: QUOTED },
  'S3 reads': { dollars: 0.0004, per: '1000 requests', source: QUOTED },
  'traffic to the internet': { dollars: 0.09, per: 'GB', source: QUOTED },
  'load balancer': { dollars: 0.0225, per: 'hour', source: REMEMBERED },
  'load balancer, by bytes': { dollars: 0.008, per: 'GB', source: REMEMBERED },
  'NAT, three zones': { dollars: 0.135, per: 'hour', source: REMEMBERED },
  mail: { dollars: 0.1, per: '1000 letters', source: REMEMBERED },
  'logs, taken in and kept': { dollars: 0.53, per: 'GB', source: REMEMBERED },
} as const satisfies Record<string, Price>;

export type Item = keyof typeof prices;
