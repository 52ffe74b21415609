import dockerignore from '@balena/dockerignore';
import { Copy, DockerfileParser } from 'dockerfile-ast';

interface Stage {
  base: string;
  /** Files and folders of the repository that it copies. */
  sources: string[];
  /** Other stages that it copies from. */
  parts: string[];
}

/** The stages of a Dockerfile by their names; arguments have their defaults. */
function stagesOf(text: string): Map<string, Stage> {
  const dockerfile = DockerfileParser.parse(text);
  const defaults = dockerfile.getInitialARGs().map((arg) => arg.getProperty());
  const filled = (word: string) =>
    defaults.reduce((so, arg) => so.replaceAll(`\${${arg?.getName() ?? ''}}`, arg?.getValue() ?? ''), word);
  const stages = new Map<string, Stage>();
  const starts = dockerfile.getFROMs();
  for (const [at, from] of starts.entries()) {
    const begin = from.getRange().start.line;
    const end = starts[at + 1]?.getRange().start.line ?? Infinity;
    const copies = dockerfile.getCOPYs().filter((copy) => {
      const { line } = copy.getRange().start;
      return line > begin && line < end;
    });
    stages.set(from.getBuildStage() ?? String(at), {
      base: filled(from.getImage() ?? ''),
      ...copied(copies),
    });
  }
  return stages;
}

function copied(copies: Copy[]): { sources: string[]; parts: string[] } {
  const from = (copy: Copy) =>
    copy
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
  const words = (copy: Copy) => copy.getArguments().map((word) => word.getValue());
  return {
    sources: copies.filter((copy) => !from(copy)).flatMap((copy) => words(copy).slice(0, -1)),
    parts: copies.flatMap((copy) => from(copy) ?? []),
  };
}

/**
 * What of the repository goes into an image, by way of every stage that it is made of.
 * @throws Error when there is no such target
 */
export function inputsOf(dockerfile: string, target: string): Set<string> {
  const stages = stagesOf(dockerfile);
  if (!stages.has(target)) throw new Error(`The Dockerfile has no target ${target}`);
  const inputs = new Set<string>();
  const waiting = [target];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const stage = stages.get(name);
    if (!stage) continue;
    for (const source of stage.sources) inputs.add(source.replace(/^\.\/|\/$/g, ''));
    waiting.push(stage.base, ...stage.parts);
    stages.delete(name);
  }
  return inputs;
}

/**
 * Which targets a change of files concerns: those that copy one of them. Files that .dockerignore leaves out concern none.
 * @param files that have changed, from the root of the repository
 */
export function targetsOf(
  files: string[],
  targets: readonly string[],
  dockerfile: string,
  ignored: string,
): string[] {
  if (files.some((file) => file === 'Dockerfile' || file === '.dockerignore')) return [...targets];
  const copied = dockerignore.default().add(ignored).filter(files);
  return targets.filter((target) => {
    const inputs = inputsOf(dockerfile, target);
    return copied.some((file) => [...inputs].some((input) => file === input || file.startsWith(`${input}/`)));
  });
}
