// Writes Grafana's dashboards from k8s/monitoring/dashboards/dashboards.ts, and the links of the alerts to the runbook, from
// k8s/monitoring/runbook.ts. Usage: node scripts/dashboards.ts [--write]; without it, says whether the files are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { boards } from '../k8s/monitoring/dashboards/dashboards.ts';
import { dashboardOf } from '../k8s/monitoring/dashboards/panels.ts';
import { linkRules } from '../k8s/monitoring/runbook.ts';

const isWriting = process.argv.includes('--write');
const fileOf = (name: string) => new URL(`../k8s/monitoring/${name}`, import.meta.url);
const read = (name: string) => readFile(fileOf(name), 'utf8').catch(() => '');

async function keep(name: string, text: string): Promise<void> {
  if (isWriting) await writeFile(fileOf(name), text);
  else if ((await read(name)) !== text) {
    console.error(`${name} is not up to date. Run: npm run dashboards`);
    process.exitCode = 1;
  }
}

for (const board of boards) {
  const options = { parser: 'json', printWidth: 110 };
  await keep(`dashboards/${board.name}.json`, await format(JSON.stringify(dashboardOf(board)), options));
}
await keep('rules.yaml', linkRules(await read('rules.yaml')));
