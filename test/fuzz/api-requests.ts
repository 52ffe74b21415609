import fc from 'fast-check';
import { campaign } from './campaign.ts';
import { valuesOf, type Schema } from './from-schema.ts';
import { judge, startVictim, type Victim } from './gateway.ts';
import { form, someHeaders } from './http-content.ts';
import { junk, uuid } from './junk.ts';

const LANES = 8;
/** No answer takes longer, except on a machine that has much else to do. */
const DEADLINE_MS = 30_000;

interface Parameter {
  name: string;
  in: string;
  schema?: Schema;
}

interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

interface ApiInput {
  operation: string;
  method: string;
  path: string;
  headers: [string, string][];
  body: string | undefined;
  /** Whether the person's token is sent. */
  asPerson: boolean;
}

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);

/** Requests for every operation of a document, about one video that is there and others that are not. */
function requestsFor(document: Document, videoId: string): fc.Arbitrary<ApiInput> {
  const resolve = (reference: string) => document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {};
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return fc.oneof(...operations.map(({ path, method, operation }) => requestOf(path, method, operation)));

  function requestOf(path: string, method: string, operation: Operation): fc.Arbitrary<ApiInput> {
    const schema = operation.requestBody?.content['application/json']?.schema;
    const json = schema ? valuesOf(schema, resolve).map((it) => JSON.stringify(it)) : form;
    const query = (operation.parameters ?? []).filter((it) => it.in === 'query');
    return fc
      .record({
        segments: fc.array(fc.oneof(fc.constant(videoId), uuid, junk, oneOf('1', '0', '-1')), {
          minLength: 4,
          maxLength: 4,
        }),
        query: fc.record(
          Object.fromEntries(query.map(({ name, schema: it = {} }) => [name, valuesOf(it, resolve)])),
          { requiredKeys: [] },
        ),
        headers: someHeaders,
        body: fc.oneof(
          { weight: 6, arbitrary: json },
          { weight: 1, arbitrary: form },
          { weight: 1, arbitrary: junk },
        ),
        asPerson: fc.nat(9).map((dice) => dice > 0),
      })
      .map(({ segments, query: asked, headers, body, asPerson }) => {
        const hasBody = !['get', 'head'].includes(method);
        const type: [string, string][] = !hasBody
          ? []
          : [['content-type', schema ? 'application/json' : 'multipart/form-data; boundary=b']];
        const tus: [string, string][] = path.startsWith('/uploads') ? [['tus-resumable', '1.0.0']] : [];
        let n = 0;
        const filled = path.replace(/\{\w+\}/g, () =>
          encodeURIComponent((segments[n++] ?? '').toWellFormed()),
        );
        return {
          operation: operation.operationId,
          method,
          path: `${filled}${queryOf(asked)}`,
          headers: [...type, ...tus, ...headers],
          body: hasBody ? body : undefined,
          asPerson,
        };
      });
  }
}

function queryOf(asked: Record<string, unknown>): string {
  const pairs = Object.entries(asked).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${encodeURIComponent(text.toWellFormed())}`;
  });
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

async function send(
  { system, person }: Victim,
  { method, path, headers, body, asPerson }: ApiInput,
): Promise<string> {
  const all = new Headers();
  // The later ones win, as the mutations they are.
  for (const [name, value] of headers) all.set(name, value);
  if (asPerson) all.set('authorization', `Bearer ${person.tokens.accessToken}`);
  const response = await fetch(new URL(path, system.url), {
    ...{
      method: method.toUpperCase(),
      headers: all,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  // Streams of events have no end.
  const code =
    isProblem && method !== 'head' ? ((await response.json()) as { code: string }).code : undefined;
  if (!isProblem) await response.body?.cancel();
  return judge(response.status, code);
}

/** Requests for all documented routes. */
export const apiRequests = campaign<ApiInput>('api-requests', async () => {
  const victim = await startVictim();
  const document = (await (await fetch(`${victim.system.url}/openapi.json`)).json()) as Document;
  return {
    inputs: requestsFor(document, victim.videoId),
    lanes: LANES,
    attack: (input) => send(victim, input),
    watched: victim.watched,
    settle: () => victim.settle(),
    stop: () => victim.stop(),
  };
});
