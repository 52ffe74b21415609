import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { billFaults } from './supply/bill.ts';
import { faultsOf, type Lock, type ScriptPolicy } from './supply/faults.ts';
import { trialFaults } from './supply/trial.ts';

// What comes from others: content that can't change, install scripts and licences that somebody has judged, and a bill.

const read = async <T>(file: string) =>
  JSON.parse(await readFile(new URL(`../${file}`, import.meta.url), 'utf8')) as T;

const faults: string[] = [];
let count = 0;
for (const folder of ['', 'infra/', 'k8s/', '.github/']) {
  const lock = await read<Lock>(`${folder}package-lock.json`);
  const { allowScripts = {} } = await read<{ allowScripts?: ScriptPolicy }>(`${folder}package.json`);
  count += Object.keys(lock.packages).length - 1;
  faults.push(...faultsOf(lock, allowScripts).map((fault) => `${folder}package-lock.json: ${fault}`));
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  faults.push(...(await trialFaults(path)).map((fault) => `${folder}.npmrc: ${fault}`));
  if (folder === '') faults.push(...(await billFaults(lock)));
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${count} packages: integrity, install scripts, licences and the bill of materials are in order`);
