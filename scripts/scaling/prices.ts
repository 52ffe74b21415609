/** A price, and how far it was looked up. */
export interface Price {
  dollars: number;
  per: string;
  what: string;
  source: string;
}

const LIST = 'list price as remembered, not looked up';

/** Of us-east-1, in US dollars. */
export const prices = {
  processorNodeSpot: {
    dollars: 0.06,
    per: 'hour',
    what: 'c7g.xlarge, spot',
    source: 'assumed: 40 % of the list price',
  },
  processorNode: { dollars: 0.145, per: 'hour', what: 'c7g.xlarge, on demand', source: LIST },
} as const satisfies Record<string, Price>;
