/** The parts of an OpenAPI document that are shown. */
export interface ApiDocument {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { description?: string; content?: Record<string, { schema?: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** One request of the API. */
export interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

/** The operations of a tag, in the document's order. */
export function entriesOf(paths: ApiDocument['paths'], tag: string): Entry[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** The name of a component that a reference leads to. */
export const nameOf = ($ref: string): string => $ref.slice($ref.lastIndexOf('/') + 1);

/** What a value may be, in a few words. */
export function typeOf({ $ref, type, enum: choices, items, anyOf, oneOf, format, ...rest }: Schema): string {
  if ($ref) return nameOf($ref);
  if (rest.const !== undefined) return JSON.stringify(rest.const);
  if (choices) return choices.map((it) => JSON.stringify(it)).join(' | ');
  const either = anyOf ?? oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(' | ');
  if (items) return `${typeOf(items)}[]`;
  return [[type].flat().join(' | ') || 'anything', format && `(${format})`].filter(Boolean).join(' ');
}

/** How far a value may go, as far as somebody wants to know it. */
export function boundsOf({ minimum, maximum, minLength, maxLength, default: preset }: Schema): string {
  const LARGE = Number.MAX_SAFE_INTEGER;
  const parts = [
    minimum !== undefined && minimum > -LARGE && `at least ${minimum}`,
    maximum !== undefined && maximum < LARGE && `at most ${maximum}`,
    minLength !== undefined && minLength > 0 && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    preset !== undefined && preset !== null && `else ${JSON.stringify(preset)}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
