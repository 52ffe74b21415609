// Attacks the system with generated inputs: npm run test:fuzz -- [class…] [--count N] [--seed N] [--path P]
import { parseArgs } from 'node:util';
import { describeReport } from './campaign.ts';
import { campaigns } from './index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const count = Number(values.count ?? 10_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const chosen = campaigns.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length < positionals.length || !(count > 0) || !Number.isInteger(seed)) {
  throw new Error(`The classes are: ${campaigns.map(({ name }) => name).join(', ')}`);
}

// Ctrl-C ends the present class with a report, and with it the whole.
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const { signal } = interrupted;

let failed = false;
for (const campaign of chosen) {
  if (signal.aborted) break;
  console.log(`${campaign.name}: seed ${seed}`);
  try {
    const path = values.path === undefined ? {} : { path: values.path };
    console.log(describeReport(await campaign.run({ seed, count, folder: 'data/fuzz', signal, ...path })));
  } catch (error) {
    failed = true;
    console.error(error);
  }
}
process.exit(failed ? 1 : 0);
