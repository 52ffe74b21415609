import { expect, test } from '@jest/globals';
import { campaigns } from './index.ts';

/** A share of each class; the whole of it is `npm run test:fuzz`. */
const INPUTS: Record<string, number> = { parser: 300, media: 12 };
const USUAL = 200;
/** Always the same inputs: what a new draw finds is for the full command, not for somebody else's change. */
const SEED = 5;

test.each(campaigns.map((it) => [it.name, it] as const))('%s', async (name, campaign) => {
  const count = INPUTS[name.split('-')[0] ?? ''] ?? USUAL;
  const report = await campaign.run({ seed: SEED, count, folder: 'data/fuzz' });
  expect(report.inputs).toBeGreaterThanOrEqual(count);
});
