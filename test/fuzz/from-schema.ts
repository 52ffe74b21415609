import fc from 'fast-check';
import { anyJson, damaged, junk, uuid } from './junk.ts';

/** What is used of a JSON schema. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

type Resolve = (reference: string) => Schema;

/**
 * Values that mostly fit a schema; any part of them may be anything else.
 * @param resolve finds what a reference names
 */
export function valuesOf(schema: Schema, resolve: Resolve, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 6) return fc.constant(null);
  const fitting = fittingValues(schema, resolve, depth);
  return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: anyJson });
}

function fittingValues(schema: Schema, resolve: Resolve, depth: number): fc.Arbitrary<unknown> {
  const inner = (it: Schema) => valuesOf(it, resolve, depth + 1);
  if (schema.$ref !== undefined) return inner(resolve(schema.$ref));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return fc.oneof(...choices.map(inner));
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? anyJson : fc.oneof(...types.map((type) => typed(type, schema, inner)));
}

function typed(
  type: string,
  schema: Schema,
  inner: (it: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 1000 } = schema;
  if (type === 'string') return texts(schema);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer')
    return fc.oneof(fc.integer(), fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1));
  if (type === 'number')
    return fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(minimum, maximum, 0.5, -0));
  if (type === 'array') return fc.array(schema.items ? inner(schema.items) : anyJson, { maxLength: 4 });
  if (type === 'object') return objects(schema, inner);
  return fc.constant(null);
}

function texts({ format, maxLength = 100 }: Schema): fc.Arbitrary<unknown> {
  if (format === 'uuid') return fc.oneof(uuid, damaged(uuid));
  if (format === 'email') return fc.oneof(fc.emailAddress(), junk);
  if (format === 'date-time') return fc.oneof(fc.constant('2026-01-01T00:00:00Z'), junk);
  return fc.oneof(junk, fc.string({ maxLength: Math.min(maxLength + 1, 300) }));
}

/** Some fields may be missing, and one may be too many. */
function objects(
  { properties = {} }: Schema,
  inner: (it: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, it]) => [name, inner(it)]));
  const complete = fc.record(fields);
  return fc.oneof(
    { weight: 6, arbitrary: complete },
    { weight: 2, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    {
      weight: 1,
      arbitrary: fc.tuple(complete, junk, anyJson).map(([it, name, value]) => ({ ...it, [name]: value })),
    },
  );
}
