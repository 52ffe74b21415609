/**
 * Puts the tables of docs/capacity.md in their places, computed from what was measured, assumed and set up.
 * Usage: capacity.ts [--check] [--manifests k8s]; with --check nothing is written, and it fails when the document is not what
 * it would be.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { environments } from '../infra/environments.ts';
import { limitsOf } from './scaling/capacity.ts';
import {
  assumptionsTable,
  breaksTable,
  costTable,
  measuredTable,
  needsTable,
  piecesTable,
  pricesTable,
} from './scaling/capacity-tables.ts';
import { kedaRules, podRules, readManifests, utilizationRules } from './scaling/rules.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    manifests: { type: 'string', default: fileURLToPath(new URL('../k8s', import.meta.url)) },
  },
});
const document = new URL('../docs/capacity.md', import.meta.url);
const manifests = await readManifests(options.manifests);
const prod = environments.find(({ name }) => name === 'prod');
if (!prod) throw new Error('infra/environments.ts has no prod');

const limits = limitsOf({
  maxProcessorNodes: prod.cluster.processors.max,
  maxProcessorPods: kedaRules(manifests).maxReplicas,
  podCores: podRules(manifests, 'processor').concurrency,
  maxGateways: utilizationRules(manifests).maxReplicas,
  videoReplicas: 2,
  databaseGB: prod.data.databaseGigabytes,
});
const tables: Record<string, string> = {
  measured: measuredTable(),
  assumptions: assumptionsTable(),
  needs: needsTable(),
  pieces: piecesTable(),
  breaks: breaksTable(limits),
  cost: costTable(),
  prices: pricesTable(),
};

const old = await readFile(document, 'utf8');
const filled = Object.entries(tables).reduce((text, [name, table]) => {
  const place = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`docs/capacity.md has no place for the table of ${name}`);
  return text.replace(place, (_all, open: string, close: string) => `${open}\n\n${table}\n\n${close}`);
}, old);
const fresh = await format(filled, { ...(await resolveConfig(document.pathname)), parser: 'markdown' });

if (!options.check) await writeFile(document, fresh);
else if (fresh !== old) {
  console.error('docs/capacity.md is not what the figures say: npm run capacity');
  process.exitCode = 1;
} else console.log('docs/capacity.md is what the figures say');
