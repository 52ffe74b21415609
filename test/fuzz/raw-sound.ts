import fc from 'fast-check';
import { form, someHeaders } from './http-content.ts';
import { anyJson, headerJunk, junk, uuid } from './junk.ts';

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);

/** What a stranger may know of a system, and somebody who uses it has. */
export interface Known {
  /** Of the API document: under each path its methods. */
  paths: Record<string, object>;
  token: string;
  /** Of things that are there. */
  ids: string[];
}

const method = fc.oneof(
  { weight: 12, arbitrary: oneOf('GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  { weight: 1, arbitrary: oneOf('TRACE', 'M-SEARCH', 'QUERY', 'PROPFIND') },
);
/** What a path may hold of junk: what else would end the line is encoded. */
const segment = junk.map((text) =>
  text.toWellFormed().replace(/[^!-~]|[?#]/gu, (it) => encodeURIComponent(it)),
);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oneOf('filename', 'recipe', 'cursor', 'limit', 'q', '__proto__'), segment)
      .map(([name, value]) => `?${name}=${value}&${name}`),
  },
);
const elsewhere = fc.oneof(
  oneOf('/..%2f..%2fetc/passwd', '//', '/%00', '/%zz', '/~node/list', '/$node/x', '/./video', '/video/../me'),
  segment.map((text) => `/${text}`),
);

/** Headers that are not for handlers, but for what stands before them. */
const aside = fc.oneof(
  oneOf('Accept-Language: pt-BR', 'Accept-Language: *;q=2, x', 'Accept: */*;q=x', 'Cookie: a=b; a'),
  oneOf('Origin: null', 'Sec-Fetch-Site: cross-site', 'Forwarded: for=x', 'Via: 1.1 x', 'Max-Forwards: 0'),
  oneOf('Connection: close', 'Connection: X-Request-Id', 'TE: trailers', 'Pragma: x', 'Referer: http://x/'),
  headerJunk.map((text) => `Accept-Language: ${text}`),
  headerJunk.map((text) => `Content-Disposition: attachment; filename="${text}"`),
  headerJunk.map((text) => `Content-Language: ${text}`),
);

const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(['', '']) },
  { weight: 3, arbitrary: form.map((text) => ['multipart/form-data; boundary=b', text]) },
  { weight: 3, arbitrary: anyJson.map((it) => ['application/json', JSON.stringify(it)]) },
  { weight: 1, arbitrary: junk.map((text) => ['application/json', text]) },
  { weight: 1, arbitrary: junk.map((text) => ['video/mp4', text]) },
  { weight: 1, arbitrary: junk.map((text) => ['application/offset+octet-stream', text]) },
);

/** Chunks as RFC 9112 has them, with extensions and trailers. */
function inChunks(content: Buffer, size: number): Buffer {
  const count = Math.ceil(content.length / size);
  const chunks = Array.from({ length: count }, (_, n) => content.subarray(n * size, (n + 1) * size));
  const framed = chunks.flatMap((it) => [
    Buffer.from(`${it.length.toString(16)};x="y"\r\n`),
    it,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\nX-Trailer: y\r\n\r\n')]);
}

/** Requests whose framing no parser can find fault with, and whose content is as hostile as it gets. */
export function soundRequests({ paths, token, ids }: Known): fc.Arbitrary<Buffer> {
  const id = fc.oneof({ weight: 3, arbitrary: oneOf(...ids) }, uuid, segment, oneOf('1', '-1'));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((name) => [name.toUpperCase(), path] as const),
  );
  const known = fc
    .tuple(fc.constantFrom(...operations), id, id)
    .map(([[name, path], ...values]) => [name, path.replace(/\{\w+\}/g, () => values.pop() ?? '1')] as const);
  const target = fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(method, known).map(([name, [, path]]) => [name, path] as const) },
    { weight: 1, arbitrary: fc.tuple(method, elsewhere) },
  );
  const authorization = fc.oneof(
    { weight: 8, arbitrary: fc.constant(`Bearer ${token}`) },
    oneOf('Bearer x', 'Bearer vsk_x', 'Basic eDp5', 'Bearer', `bearer  ${token}`),
    headerJunk,
  );
  return fc
    .record({
      ...{ target, query, authorization, body, headers: someHeaders },
      others: fc.array(aside, { maxLength: 2 }),
      chunk: fc.option(fc.integer({ min: 1, max: 5000 })),
    })
    .map((it) => {
      const [type = '', text = ''] = it.body;
      const content = Buffer.from(text);
      const length = it.chunk ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
      const fields = it.headers.map(([name, value]) => `${name}: ${value}`);
      const typed = type === '' ? [] : [`Content-Type: ${type}`];
      const [name, path] = it.target;
      const tus = path.startsWith('/uploads') ? ['Tus-Resumable: 1.0.0'] : [];
      const begin = [`${name} ${path}${it.query} HTTP/1.1`, 'Host: x', `Authorization: ${it.authorization}`];
      const head = [...begin, ...typed, ...tus, ...fields, ...it.others, length, '', ''].join('\r\n');
      const framed = it.chunk ? inChunks(content, it.chunk) : content;
      return Buffer.concat([Buffer.from(head, 'latin1'), framed]);
    });
}
