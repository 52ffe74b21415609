import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveProvider } from './provider.ts';

/** A stack as it was synthesized: Terraform's JSON syntax. */
export interface StackJson {
  resource?: Record<string, Record<string, Record<string, unknown>>>;
  data?: Record<string, Record<string, Record<string, unknown>>>;
  output?: Record<string, { value: unknown }>;
  variable?: Record<string, unknown>;
  terraform?: { backend?: Record<string, unknown> };
  provider?: Record<string, unknown>;
}

/** Whether the terraform program can be run here. */
export const hasTerraform = (): boolean => spawnSync('terraform', ['version']).status === 0;

export interface Outcome {
  ok: boolean;
  /** All that Terraform said. */
  text: string;
  /** How many resources would be made. */
  planned: number;
}

/**
 * Run `init`, `validate` and `plan` of the real Terraform over one stack, against the schema provider. State is a local
 * file, and what other stacks would have put out is there as a placeholder.
 */
export async function planStack(stack: StackJson): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'plan-'));
  const provider = await serveProvider(Object.keys(stack.resource ?? {}));
  try {
    await writeFile(join(folder, 'stack.tf.json'), JSON.stringify(await localized(stack, folder), null, 2));
    const variables = Object.keys(stack.variable ?? {}).map(
      (name) => [`TF_VAR_${name}`, 'placeholder-placeholder'] as const,
    );
    const given = Object.fromEntries(variables) as Record<string, string>;
    const env = { ...process.env, ...given, TF_REATTACH_PROVIDERS: provider.reattach };
    let text = '';
    for (const words of [['init'], ['validate'], ['plan', '-refresh=false', '-lock=false']]) {
      const { code, output } = await terraform([...words, '-no-color'], folder, {
        ...env,
        TF_IN_AUTOMATION: '1',
      });
      text += output;
      if (code !== 0) return { ok: false, text, planned: 0 };
    }
    return { ok: true, text, planned: Number(/Plan: (\d+) to add/.exec(text)?.[1] ?? 0) };
  } finally {
    provider.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function terraform(words: string[], cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const options = { cwd, env, maxBuffer: 1e8, timeout: 120_000 };
    execFile('terraform', words, options, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

/** The same stack without a network: state in files. */
async function localized(stack: StackJson, folder: string): Promise<StackJson> {
  const remote = stack.data?.terraform_remote_state ?? {};
  const local: Record<string, Record<string, unknown>> = {};
  const text = JSON.stringify(stack);
  for (const name of Object.keys(remote)) {
    const wanted = text.matchAll(
      new RegExp(`data\\.terraform_remote_state\\.${name}\\.outputs\\.([\\w-]+)`, 'g'),
    );
    const outputs: Record<string, unknown> = {};
    for (const [, output = ''] of wanted)
      outputs[output] = { value: `placeholder-${output}`, type: 'string' };
    const path = join(folder, `${name}.tfstate`);
    const state = {
      version: 4,
      terraform_version: '1.11.0',
      serial: 1,
      lineage: name,
      outputs,
      resources: [],
    };
    await writeFile(path, JSON.stringify(state));
    local[name] = { backend: 'local', config: { path } };
  }
  const data =
    Object.keys(local).length > 0 ? { data: { ...stack.data, terraform_remote_state: local } } : {};
  const backend = { local: { path: join(folder, 'own.tfstate') } };
  return { ...stack, ...data, terraform: { ...stack.terraform, backend } };
}

/** Read one stack's JSON. */
export const readStack = async (path: string): Promise<StackJson> =>
  JSON.parse(await readFile(path, 'utf8')) as StackJson;
