// Renders what was planned as Markdown.
// Usage: report.ts ENVIRONMENT REPORT [LENGTH]     puts out `outcome`: same, changes or failed; prints the text
import { readFile } from 'node:fs/promises';
import { appendFileSync } from 'node:fs';
import { command } from './program.ts';

export interface PlannedStack {
  stack: string;
  outcome: 'same' | 'changes' | 'failed';
  /** What Terraform said. */
  text: string;
}

const MARKS = { same: '✅', changes: '🔶', failed: '❌' };

/** The worst of them all. */
export function outcomeOf(planned: PlannedStack[]): PlannedStack['outcome'] {
  const found = new Set(planned.map(({ outcome }) => outcome));
  return found.has('failed') || planned.length === 0 ? 'failed' : found.has('changes') ? 'changes' : 'same';
}

/** What each stack's plan comes to, in Terraform's words. */
function summary({ outcome, text }: PlannedStack): string {
  if (outcome === 'failed') return 'failed';
  return /^Plan: .*$/m.exec(text)?.[0] ?? (outcome === 'same' ? 'No changes' : 'Outputs change');
}

/**
 * A comment about a plan.
 * @param limit of its length in characters; long plans lose their beginnings, ends say the most
 */
export function renderPlan(environment: string, planned: PlannedStack[], limit = 60_000): string {
  const rows = planned.map((one) => `| ${one.stack} | ${MARKS[one.outcome]} ${summary(one)} |`);
  const table = ['| stack | plan |', '| --- | --- |', ...rows].join('\n');
  const told = planned.filter(({ outcome }) => outcome !== 'same');
  const share = Math.floor((limit - table.length - 200) / Math.max(told.length, 1)) - 200;
  const details = told.map(({ stack, text }) => {
    const shown = text.length > share ? `…\n${text.slice(-share)}` : text;
    return `<details><summary>${stack}</summary>\n\n${fenced(shown)}\n</details>`;
  });
  return [`### Terraform plan of \`${environment}\``, table, ...details].join('\n\n') + '\n';
}

/** In a fence that is longer than any in the text, so that nothing in it is taken for Markdown. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text.trim()}\n${fence}`;
}

if (import.meta.main) {
  await command(async () => {
    const [environment = '', path = '', limit] = process.argv.slice(2);
    const planned = JSON.parse(await readFile(path, 'utf8')) as PlannedStack[];
    const { GITHUB_OUTPUT } = process.env;
    if (GITHUB_OUTPUT) appendFileSync(GITHUB_OUTPUT, `outcome=${outcomeOf(planned)}\n`);
    process.stdout.write(renderPlan(environment, planned, limit === undefined ? undefined : Number(limit)));
  });
}
