import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Content = Record<string, { schema?: object }>;

interface Operation {
  operationId: string;
  /** Empty where nobody needs a token. */
  security?: object[];
  responses: Record<string, { content?: Content }>;
}

/** The API document of a system, as far as it is about answers. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

interface Route {
  pattern: RegExp;
  operations: Record<string, Operation>;
}

/** Holds the answers of a system to its own API document. */
class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly routes: Route[];

  constructor(document: ApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document), 'api');
    this.routes = Object.entries(document.paths)
      .map(([path, operations]) => ({ path, pattern: patternOf(path), operations }))
      // A path without parameters goes before one that fits as well.
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  /** @throws Error when the document does not say that this can be answered */
  async check(method: string, pathname: string, response: Response): Promise<void> {
    const { status } = response;
    const where = `${method.toUpperCase()} ${pathname} answered ${status}`;
    const operation = this.find(method, pathname);
    if (!operation && (status === 404 || status === 405)) return;
    if (!operation) throw new Error(`${where}, and the API document has no such operation`);
    const reply = operation.responses[String(status)];
    if (!reply) throw new Error(`${where}, which ${operation.operationId} does not document`);
    if (method !== 'head') await this.checkContent(where, reply.content, response);
  }

  private async checkContent(where: string, content: Content | undefined, response: Response): Promise<void> {
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (type === '') return;
    const documented = content?.[type];
    if (!documented) throw new Error(`${where} with ${type}, which is not documented`);
    if (type.endsWith('json') && documented.schema)
      this.checkJson(where, documented.schema, await response.clone().json());
  }

  private find(method: string, pathname: string): Operation | undefined {
    const fits = ({ pattern, operations }: Route) => pattern.test(pathname) && operations[method];
    return this.routes.find(fits)?.operations[method];
  }

  private checkJson(where: string, schema: object, body: unknown): void {
    const key = JSON.stringify(schema);
    const validate = this.validators.get(key) ?? this.ajv.compile(inDocument(closed(schema)));
    this.validators.set(key, validate);
    if (!validate(body))
      throw new Error(`${where}: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
  }
}

/** Paths that fit a documented one. */
export const patternOf = (path: string) =>
  new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);

/** References to components lead into the document. */
const inDocument = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')) as object;

/** Readers must not mind new fields, but we mind fields of ours that the document does not know. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => closed(item)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, closed<unknown>(inner)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  if (copy.type === 'object' && copy.properties) copy.additionalProperties ??= false;
  return copy as Value;
}

const contracts = new Map<string, Promise<Contract>>();

/** fetch, and hold the answer to the API document of the system that gave it. */
export async function fetchByContract(url: URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const contract = await contractOf(url.origin);
  await contract?.check((init.method ?? 'GET').toLowerCase(), url.pathname, response);
  return response;
}

/** @returns undefined while the system can't tell its document: a gateway that is being killed */
function contractOf(origin: string): Promise<Contract | undefined> {
  const known = contracts.get(origin) ?? loadContract(origin);
  contracts.set(origin, known);
  return known.catch(() => {
    contracts.delete(origin);
    return undefined;
  });
}

async function loadContract(origin: string): Promise<Contract> {
  const response = await fetch(`${origin}/openapi.json`);
  if (!response.ok) throw new Error(`No API document but ${response.status}`);
  return new Contract((await response.json()) as ApiDocument);
}
