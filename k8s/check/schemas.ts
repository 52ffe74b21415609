import { createRequire } from 'node:module';
import { join } from 'node:path';
import type TypeScript from 'typescript';
import { nameOf, type Manifest } from './manifest.ts';

const ts = createRequire(import.meta.url)('typescript') as typeof TypeScript;

/** Whose package knows the objects of a group; the groups of Kubernetes itself are in kubernetes-models. */
const packages: Record<string, string> = {
  'argoproj.io': '@kubernetes-models/argo-cd',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** Objects that only types describe; no package has a validation of them. */
const TYPED_ONLY: Record<string, string> = { RabbitmqCluster: './rabbitmq-cluster.ts' };

function moduleOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.split('/')[0] ?? '';
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

type Model = new (data: Manifest) => { validate: () => void };

/**
 * What is wrong with an object by the schema of its kind: types, required fields, allowed values.
 * @returns sentences, none when all is well
 */
export async function schemaFaults(object: Manifest): Promise<string[]> {
  if (TYPED_ONLY[object.kind]) return [];
  const found = (await import(moduleOf(object)).catch(() => ({}))) as Record<string, Model | undefined>;
  const KnownModel = found[object.kind];
  if (!KnownModel) return [`${nameOf(object)}: there is no such kind in ${object.apiVersion}`];
  try {
    new KnownModel(unfolded(object)).validate();
    return [];
  } catch (error) {
    return [`${nameOf(object)}: ${(error as Error).message}`];
  }
}

/** Kustomize breaks long values of secrets into lines, which Kubernetes puts together again; the schema would not. */
function unfolded(object: Manifest): Manifest {
  if (object.kind !== 'Secret') return object;
  const data = Object.entries(object.data as Record<string, string>);
  return {
    ...object,
    data: Object.fromEntries(data.map(([name, value]) => [name, value.replaceAll(/\s/g, '')])),
  };
}

/**
 * What TypeScript says of objects when they stand as literals of their types: unknown fields above all, which a schema lets
 * pass and Kubernetes drops in silence.
 * @returns sentences, none when all is well
 */
export function typeFaults(objects: Manifest[]): string[] {
  const file = join(import.meta.dirname, 'objects.generated.ts');
  const lines = objects.map((object, at) => {
    const type = `import(${JSON.stringify(TYPED_ONLY[object.kind] ?? moduleOf(object))}).I${object.kind}`;
    return `export const object${at}: ${type} = ${JSON.stringify(object)};`;
  });
  const options: TypeScript.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const program = ts.createProgram([file], options, hostWith(file, lines.join('\n'), options));
  const source = program.getSourceFile(file);
  return program.getSemanticDiagnostics(source).map(({ start = 0, messageText }) => {
    // One object a line.
    const object = source && objects[source.getLineAndCharacterOfPosition(start).line];
    return `${object ? nameOf(object) : file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** A host in which a file has this text, though it is not on the disk. */
function hostWith(file: string, text: string, options: TypeScript.CompilerOptions): TypeScript.CompilerHost {
  const disk = ts.createCompilerHost(options);
  return {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? text : disk.readFile(name)),
    getSourceFile: (name, version, ...rest) =>
      name === file ? ts.createSourceFile(name, text, version) : disk.getSourceFile(name, version, ...rest),
  };
}
