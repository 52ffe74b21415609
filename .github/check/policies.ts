import type { Job, Step, Workflow, WorkflowFile } from './files.ts';

/** A rule finds the faults of one file, as sentences. */
type Rule = (file: WorkflowFile) => string[];

const jobsOf = ({ workflow }: WorkflowFile): [string, Job][] => Object.entries(workflow?.jobs ?? {});
const nameOf = (step: Step): string =>
  step.name ?? step.id ?? step.uses ?? step.run?.split('\n')[0] ?? 'a step';

/** A tag can be moved to other code; a commit can't. The comment says which version it is. */
const pinned: Rule = ({ text }) =>
  [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)]
    .map(([, used = '']) => used)
    .filter((used) => !used.startsWith('./') && !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))
    .map((used) => `is not pinned by a commit with its version beside it: ${used}`);

/** The same action must not come in two versions. */
export function versionFaults(files: WorkflowFile[]): string[] {
  const seen = new Map<string, string>();
  const used = files.flatMap(({ text }) => [...text.matchAll(/uses: ([\w-]+\/[\w./-]+)@(\S+)/g)]);
  return used.flatMap(([, action = '', commit = '']) => {
    const first = seen.get(action) ?? commit;
    seen.set(action, first);
    return first === commit ? [] : [`${action} is used at ${first} and at ${commit}`];
  });
}

/** Containers are pinned like actions; services are of the versions that Compose runs, and hold nothing. */
const pinnedContainers: Rule = (file) =>
  jobsOf(file).flatMap(([name, { container }]) => {
    const image = typeof container === 'object' ? container.image : container;
    return image === undefined || /@sha256:[0-9a-f]{64}$/.test(image)
      ? []
      : [`job ${name}: its container is not pinned by a digest`];
  });

const permissions: Rule = (file) => {
  if (!file.workflow) return [];
  const nothing = file.workflow.permissions;
  const faults =
    typeof nothing === 'object' && Object.keys(nothing).length === 0
      ? []
      : ['permissions are not {} for the whole'];
  for (const [name, job] of jobsOf(file)) {
    if (typeof job.permissions !== 'object') faults.push(`job ${name}: states no permissions`);
  }
  return faults;
};

const timeouts: Rule = (file) =>
  jobsOf(file)
    .filter(([, job]) => !job.uses && typeof job['timeout-minutes'] !== 'number')
    .map(([name]) => `job ${name}: has no timeout-minutes`);

const concurrency: Rule = ({ workflow }) =>
  workflow && !workflow.concurrency?.group ? ['has no concurrency group'] : [];

/** What somebody may have typed becomes code where it stands in a script; by way of the environment it stays text. */
const injection: Rule = ({ steps }) =>
  steps
    .filter(({ run, with: given }) =>
      [run, given?.script].some((script) => typeof script === 'string' && script.includes('${{')),
    )
    .map((step) => `an expression is part of a script: ${nameOf(step)}`);

/** Code of strangers with our rights. */
const foreignCode: Rule = ({ workflow, steps }) =>
  workflow &&
  ['pull_request_target', 'workflow_run'].some((event) => events(workflow).includes(event)) &&
  steps.some(({ uses }) => uses?.startsWith('actions/checkout@'))
    ? ['checks out code in an event that has secrets for strangers']
    : [];

const events = ({ on }: Workflow): string[] =>
  typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(on);

/** Keys that don't expire are for the one action that knows when they are needed. */
const longLivedKeys: Rule = ({ path, steps, workflow }) => {
  const where = [...steps, ...(workflow ? [{ env: (workflow as { env?: object }).env } as Step] : [])];
  const leaks = where.filter((step) => {
    const given = JSON.stringify({ ...step.with, ...step.env });
    const hasKeys = /AWS_(SECRET_)?ACCESS_KEY|access-key-id/.test(given);
    return hasKeys && step.uses !== './.github/actions/aws' && path !== 'actions/aws/action.yml';
  });
  return leaks.map((step) => `access keys are given to ${nameOf(step)}`);
};

/** Only a job that pushes keeps the token where every later step can read it. */
const keptToken: Rule = (file) =>
  jobsOf(file).flatMap(([name, { steps = [], permissions: may }]) =>
    steps
      .filter(({ uses }) => uses?.startsWith('actions/checkout@'))
      .filter((step) => step.with?.['persist-credentials'] !== false)
      .filter(() => typeof may !== 'object' || may.contents !== 'write')
      .map(() => `job ${name}: its checkout keeps the token`),
  );

/** An identity in the cloud is for jobs that take it. */
const identity: Rule = (file) =>
  jobsOf(file)
    .filter(([, job]) => typeof job.permissions === 'object' && job.permissions['id-token'] === 'write')
    .filter(([, { steps = [] }]) => !steps.some(({ uses }) => uses === './.github/actions/aws'))
    .map(([name]) => `job ${name}: may ask for an identity that it doesn't use`);

/** A runner is a version, so that a new one comes by a commit. */
const runners: Rule = (file) =>
  jobsOf(file)
    .filter(([, job]) => JSON.stringify(job['runs-on'] ?? '').includes('latest'))
    .map(([name]) => `job ${name}: runs on whatever is the latest`);

/** Whoever changes what is there asks the environment's reviewers. */
const approval: Rule = (file) =>
  jobsOf(file)
    .filter(([, { steps = [] }]) =>
      steps.some(({ run }) => /terraform\.ts (apply|destroy)\b/.test(run ?? '')),
    )
    .filter(([, job]) => job.environment === undefined)
    .map(([name]) => `job ${name}: changes an environment without its approval`);

/**
 * What gets a tag was scanned before, by its digest, for known holes and for secrets, and comes with a list of all that
 * is in it, Debian's packages too.
 */
const published: Rule = (file) =>
  jobsOf(file).flatMap(([name, { steps = [] }]) => {
    const at = steps.findIndex(({ run }) => run?.includes('publish.sh'));
    const scans = steps
      .slice(0, Math.max(at, 0))
      .filter(({ uses }) => uses?.startsWith('aquasecurity/trivy-action@'))
      .map((step) => step.with ?? {})
      .filter((given) => String(given['image-ref']).endsWith('@${{ steps.build.outputs.digest }}'));
    const isGated = scans.some((it) => it['exit-code'] === '1' && it.scanners === 'vuln,secret');
    const bill = scans.find((it) => it.format === 'spdx-json')?.output;
    const isListed = typeof bill === 'string' && steps[at]?.run?.endsWith(bill);
    return at < 0
      ? []
      : [
          ...(isGated ? [] : [`job ${name}: publishes what was not scanned for holes and secrets`]),
          ...(isListed ? [] : [`job ${name}: publishes an image without its bill of materials`]),
        ];
  });

const RULES: Rule[] = [
  ...[pinned, pinnedContainers, permissions, timeouts, concurrency, injection, foreignCode],
  ...[longLivedKeys, keptToken, identity, runners, approval, published],
];

/** Every rule that a file breaks. */
export const faultsOf = (file: WorkflowFile): string[] =>
  RULES.flatMap((rule) => rule(file)).map((fault) => `${file.path}: ${fault}`);
