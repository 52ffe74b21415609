/**
 * A day with a peak, replayed against the scaling rules in k8s/ and against others. Nothing is started: it is a
 * simulation, with the algorithms of KEDA, of Kubernetes' HPA and of the cluster autoscaler. The same arguments print the
 * same. Usage: sim-autoscale.ts [--videos 10000 (a day)] [--peak 50] [--seed 1] [--manifests k8s]
 */
import { parseArgs } from 'node:util';
import { table } from 'table';
import { measured } from './scaling/measured.ts';
import { assumed, compareGateways, compareProcessors, type Compared } from './scaling/alternatives.ts';
import { kedaRules, podRules, readManifests, utilizationRules } from './scaling/rules.ts';

const { values } = parseArgs({
  options: {
    videos: { type: 'string', default: '10000' },
    peak: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    manifests: { type: 'string', default: 'k8s' },
  },
});
const day = { videos: Number(values.videos), peak: Number(values.peak), seed: Number(values.seed) };
const manifests = await readManifests(values.manifests);
const keda = kedaRules(manifests);
const processor = podRules(manifests, 'processor');

function print(title: string, { columns, rows }: Compared): void {
  console.log(`\n${title}`);
  const plain = { drawHorizontalLine: (line: number) => line === 1 };
  console.log(
    table([columns, ...rows], {
      ...plain,
      columns: columns.map((_, n) => ({ alignment: n === 0 ? 'left' : 'right' })),
    }),
  );
}

console.log(
  `${day.videos} videos a day, ${day.peak} times the usual for an hour from 19:00, seed ${day.seed}`,
);
console.log(`assumed: ${JSON.stringify(assumed)}`);
console.log(`rules of ${values.manifests}: ${JSON.stringify({ ...keda, ...processor })}`);
for (const [name, { value, unit, source }] of Object.entries(measured))
  console.log(`${name}: ${value} ${unit} (${source})`);
print(
  'Processors. Delay: seconds that an extraction waited or ran in vain',
  compareProcessors(day, keda, processor),
);
print('Gateways', compareGateways(day, utilizationRules(manifests), podRules(manifests, 'api')));
