import fc from 'fast-check';
import { campaign } from './campaign.ts';
import { valuesOf, type Schema } from './from-schema.ts';
import { judge, startVictim, type Victim } from './gateway.ts';
import { headerJunk, junk, uuid } from './junk.ts';

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

/** Headers that handlers read, with values that are right, nearly right or junk. */
const headerValues: Record<string, fc.Arbitrary<string>> = {
  range: fc.oneof(
    oneOf('bytes=0-9', 'bytes=-5', 'bytes=5-', 'bytes=9-5', 'bytes=0-0,2-3', 'bytes=99999999999-'),
    headerJunk,
  ),
  'if-range': fc.oneof(oneOf('"x"', 'W/"x"', 'Thu, 01 Jan 2026 00:00:00 GMT'), headerJunk),
  'if-none-match': fc.oneof(oneOf('*', '"x"', 'W/"x", "y"'), headerJunk),
  'if-match': fc.oneof(oneOf('*', '"x"'), headerJunk),
  'if-modified-since': fc.oneof(oneOf('Thu, 01 Jan 1970 00:00:00 GMT'), headerJunk),
  'idempotency-key': headerJunk,
  'last-event-id': fc.oneof(oneOf('~', '0123abcd.1.1.1.~0123abcd.1.1.1.'), headerJunk),
  'content-type': fc.oneof(
    oneOf('application/json', 'application/json; charset=x', 'video/mp4', 'application/octet-stream'),
    oneOf(
      'multipart/form-data',
      'multipart/form-data; boundary=b',
      'application/offset+octet-stream',
      'text/xml',
    ),
    headerJunk,
  ),
  'content-encoding': oneOf('gzip', 'br', 'identity', 'x'),
  'accept-encoding': oneOf('gzip', 'br;q=0', '*', 'x'),
  'tus-resumable': oneOf('1.0.0', '0.2.2', 'x'),
  'upload-length': fc.oneof(oneOf('5', '0', '-1', '99999999999999999999', '1e3'), headerJunk),
  'upload-offset': fc.oneof(oneOf('0', '5', '-1', '99999999999999999999'), headerJunk),
  'upload-metadata': fc.oneof(
    oneOf('filename YS5tcDQ=', 'recipe e30=', 'recipe bnVsbA==', 'filename', 'a b c'),
    headerJunk,
  ),
  'upload-checksum': fc.oneof(oneOf('sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=', 'md5 x', 'x'), headerJunk),
  'upload-concat': oneOf('partial', 'final;/uploads/x'),
  'x-forwarded-for': fc.oneof(oneOf('::1', '127.0.0.1, x'), headerJunk),
  'x-http-method-override': oneOf('DELETE', 'PATCH'),
  'x-request-id': headerJunk,
  traceparent: fc.oneof(oneOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), headerJunk),
};
const someHeaders = fc.array(
  fc.oneof(...Object.entries(headerValues).map(([name, value]) => fc.tuple(fc.constant(name), value))),
  { maxLength: 4 },
);

const disposition = fc.oneof(
  oneOf(
    'form-data; name="video"; filename="a.mp4"',
    'form-data; name=video; filename=a',
    'form-data; name="recipe"',
  ),
  oneOf(
    "form-data; name=video; filename*=utf-8''%zz",
    'form-data; name="video"; filename="../../x"',
    'form-data',
  ),
  junk.map((name) => `form-data; name="video"; filename="${name}"`),
  junk,
);
const part = fc
  .tuple(
    disposition,
    oneOf('video/mp4', 'application/json', 'x'),
    fc.oneof(junk, oneOf('{}', '\0\0\0\x18ftypisom')),
  )
  .map(
    ([how, type, content]) =>
      `--b\r\nContent-Disposition: ${how}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`,
  );
/** A form in the boundary `b`, mostly with an end. */
const form = fc
  .tuple(fc.array(part, { maxLength: 3 }), oneOf('--b--\r\n', '--b--\r\n', '--b', ''))
  .map(([parts, end]) => parts.join('') + end);

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
