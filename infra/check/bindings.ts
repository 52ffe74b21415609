import { readFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A type as Terraform writes it: `"string"`, `["list", "string"]`, `["list", ["object", {…}]]`. */
export type Type = string | [string, Type | Record<string, Type>];

export interface Attribute {
  name: string;
  type: Type;
  required: boolean;
  optional: boolean;
  computed: boolean;
}

export interface NestedBlock {
  name: string;
  block: Block;
  nesting: 'single' | 'list' | 'set';
  required: boolean;
}

export interface Block {
  attributes: Attribute[];
  blocks: NestedBlock[];
}

const library = dirname(createRequire(import.meta.url).resolve('@cdktn/provider-aws'));

/**
 * The schema of a resource type, as the prebuilt bindings know it: they are generated from the provider's own schema
 * and keep, in their comments and getters, every attribute with its type and whether it must, may or can't be given.
 * @param type as `aws_sqs_queue`
 * @throws Error when the bindings have no such type
 */
export function schemaOf(type: string): Block {
  return readBlock(sourceOf(type), /extends cdktn\.TerraformResource/);
}

/** The arguments of the provider itself. */
export function providerSchema(): Block {
  return readBlock(read('provider'), /extends cdktn\.TerraformProvider/);
}

function sourceOf(type: string): string {
  const folder = type.replace(/^aws_/, '').replaceAll('_', '-');
  // A name that would clash with a word of the library has a letter more.
  const found = [folder, `${folder}-resource`].find((name) => existsSync(join(library, name, 'index.js')));
  if (found === undefined) throw new Error(`The provider has no resource type ${type}`);
  return read(found);
}

const read = (folder: string) => readFileSync(join(library, folder, 'index.js'), 'utf8');

interface Source {
  /** The text of every class by its name. */
  classes: Map<string, string>;
  /** Names of attributes that are written as blocks, in any class. */
  blocks: Set<string>;
}

function readBlock(text: string, base: RegExp): Block {
  const classes = new Map<string, string>();
  let root = '';
  for (const part of text.split(/^(?:export )?class /m).slice(1)) {
    const name = /^\w+/.exec(part)?.[0] ?? '';
    classes.set(name, part);
    if (base.test(part.slice(0, part.indexOf('\n')))) root = name;
  }
  const blocks = new Set<string>();
  for (const [, name = ''] of text.matchAll(/^ +(\w+): \{\n[^}]*?isBlock: true/gm)) blocks.add(name);
  return blockOf(root, { classes, blocks }, []);
}

const FLAGS = /\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n/;
const NESTED = /= new (\w+?)(List|OutputReference)\(this, ["']\w+["'](?:, (true|false))?\)/;

function blockOf(className: string, source: Source, path: string[]): Block {
  const pieces = (source.classes.get(className) ?? '').split(FLAGS).slice(1);
  const block: Block = { attributes: [], blocks: [] };
  for (let at = 0; at < pieces.length; at += 5) {
    const [name = '', ...flags] = pieces.slice(at, at + 4);
    const [computed, optional, required] = flags.map((flag) => flag === 'true') as [
      boolean,
      boolean,
      boolean,
    ];
    const code = pieces[at + 4] ?? '';
    const nested = nestedIn(code, source);
    const isBlock = (optional || required) && source.blocks.has(name);
    if (nested && isBlock && !path.includes(nested.child)) {
      block.blocks.push(nestedBlock({ name, required, ...nested }, source, path));
    } else {
      const type = nested ? collection(nested.nesting, objectOf(nested.child, source, path)) : scalar(code);
      block.attributes.push({ name, type, required, optional, computed });
    }
  }
  return block;
}

interface Nested {
  /** The class of the elements. */
  child: string;
  nesting: NestedBlock['nesting'];
}

function nestedIn(code: string, source: Source): Nested | undefined {
  const [, name, kind, isSet] = NESTED.exec(code) ?? [];
  if (name === undefined) return undefined;
  const child = `${name}OutputReference`;
  if (kind === 'List') return { child, nesting: isSet === 'true' ? 'set' : 'list' };
  return { child, nesting: one(source, child) };
}

function nestedBlock(
  { name, required, child, nesting }: Nested & { name: string; required: boolean },
  source: Source,
  path: string[],
): NestedBlock {
  const block = blockOf(child, source, [...path, child]);
  // Terraform takes no set whose elements may be anything.
  return { name, block, required, nesting: nesting === 'set' && hasDynamic(block) ? 'list' : nesting };
}

/** A list of at most one element is read by its index; a single object is not. */
const one = ({ classes }: Source, child: string): NestedBlock['nesting'] =>
  /super\(terraformResource, terraformAttribute, \w+, 0\)/.test(classes.get(child) ?? '') ? 'list' : 'single';

const hasDynamic = ({ attributes, blocks }: Block): boolean =>
  attributes.some(({ type }) => JSON.stringify(type).includes('dynamic')) ||
  blocks.some(({ block }) => hasDynamic(block));

function objectOf(child: string, source: Source, path: string[]): Type {
  if (path.includes(child)) return 'dynamic';
  const { attributes, blocks } = blockOf(child, source, [...path, child]);
  const fields: Record<string, Type> = {};
  for (const { name, type } of attributes) fields[name] = type;
  for (const { name, nesting } of blocks) fields[name] = collection(nesting, 'dynamic');
  return ['object', fields];
}

const collection = (nesting: NestedBlock['nesting'], type: Type): Type =>
  nesting === 'single' ? type : [nesting, type];

/** The getters of the bindings by the type that they read. */
const getters: [RegExp, Type][] = [
  [/tolist\(this\.getListAttribute/, ['set', 'string']],
  [/tolist\(this\.getNumberListAttribute/, ['set', 'number']],
  [/getListAttribute/, ['list', 'string']],
  [/getNumberListAttribute/, ['list', 'number']],
  [/getStringAttribute/, 'string'],
  [/getNumberAttribute/, 'number'],
  [/getBooleanAttribute/, 'bool'],
  [/= new cdktn\.StringMap\(|getStringMapAttribute/, ['map', 'string']],
  [/= new cdktn\.BooleanMap\(|getBooleanMapAttribute/, ['map', 'bool']],
  [/= new cdktn\.NumberMap\(|getNumberMapAttribute/, ['map', 'number']],
];

const scalar = (code: string): Type => getters.find(([pattern]) => pattern.test(code))?.[1] ?? 'dynamic';
