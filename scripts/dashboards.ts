// Writes Grafana's dashboards from k8s/monitoring/dashboards/dashboards.ts. Usage: node scripts/dashboards.ts [--write];
// without it, says whether the files are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { boards } from '../k8s/monitoring/dashboards/dashboards.ts';
import { dashboardOf } from '../k8s/monitoring/dashboards/panels.ts';

const isWriting = process.argv.includes('--write');
for (const board of boards) {
  const file = new URL(`../k8s/monitoring/dashboards/${board.name}.json`, import.meta.url);
  const options = { parser: 'json', printWidth: 110 };
  const text = await format(JSON.stringify(dashboardOf(board)), options);
  if (isWriting) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${board.name}.json is not up to date. Run: npm run dashboards`);
    process.exitCode = 1;
  }
}
