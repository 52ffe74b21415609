import fc from 'fast-check';
import { headerJunk, junk } from './junk.ts';

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);

const method = fc.oneof(
  { weight: 8, arbitrary: oneOf('GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  { weight: 1, arbitrary: oneOf('TRACE', 'CONNECT', 'PRI', 'get', 'M-SEARCH', 'QUERY', 'G ET', '') },
);
const target = fc.oneof(
  {
    weight: 6,
    arbitrary: oneOf('/', '/video', '/login', '/uploads', '/me', '/docs', '/events', '/openapi.json'),
  },
  {
    weight: 2,
    arbitrary: oneOf('*', '//', '/../../etc/passwd', '/%00', '/%', 'http://x/', '/~node/list', '/$node/x'),
  },
  { weight: 2, arbitrary: headerJunk.map((text) => `/${text.replaceAll(' ', '+')}`) },
  { weight: 1, arbitrary: junk.map((text) => `/video?q=${encodeURIComponent(text.toWellFormed())}&${text}`) },
);
const version = fc.oneof(
  { weight: 15, arbitrary: oneOf('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0') },
  { weight: 1, arbitrary: oneOf('HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1 ', 'HTTP/9.9', 'http/1.1', '') },
);
/** Headers that are well formed, whatever they say. */
const sound = fc.oneof(
  oneOf(
    'Content-Length: 0',
    'Content-Length: 2',
    'Content-Length: 5',
    'Content-Length: 100',
    'Transfer-Encoding: chunked',
  ),
  oneOf(
    'Content-Type: application/json',
    'Content-Type: video/mp4',
    'Content-Type: multipart/form-data; boundary=b',
  ),
  oneOf(
    'Connection: close',
    'Connection: upgrade',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Expect: x',
  ),
  oneOf('Authorization: Bearer x', 'Authorization: Bearer vsk_x', 'Authorization: Basic eDp5', 'Cookie: a=b'),
  oneOf(
    'X-Forwarded-For: ::1',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Accept-Encoding: *',
    'TE: trailers',
  ),
  oneOf('Tus-Resumable: 1.0.0', 'Upload-Length: 5', 'Range: bytes=0-', 'If-None-Match: *', 'Trailer: X'),
  headerJunk.map((text) => `X-Request-Id: ${text}`),
);
/** Headers that two parsers may read in two ways, and lines that are none. */
const unsound = fc.oneof(
  oneOf(
    'Content-Length: -1',
    'Content-Length: 5, 5',
    'Content-Length: 1e3',
    'Content-Length: +5',
    'Content-Length: 0x5',
  ),
  oneOf('Content-Length: 99999999999999999999', 'Content-Length:', 'Content-Length: 6'),
  oneOf('Transfer-Encoding: identity', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: xchunked'),
  oneOf('Transfer-Encoding : chunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked, identity'),
  oneOf('Host: y', 'Host: x:y', 'Host: a, b', ' folded', 'no colon', ': no name'),
  junk.map((text) => `X-Junk: ${text}`),
  junk.map((text) => `${text}: x`),
);
const headers = fc
  .tuple(fc.array(sound, { maxLength: 4 }), fc.array(unsound, { maxLength: 1 }), fc.nat(3))
  .map(([good, bad, dice]) => (dice === 0 ? [...good, ...bad] : good));
const end = fc.oneof(
  { weight: 20, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: oneOf('\n', '\r', '\r\r\n') },
);
const body = fc.oneof(
  oneOf(
    '',
    '{}',
    '{"email":1}',
    'null',
    '[',
    '5\r\nhello\r\n0\r\n\r\n',
    '5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n',
  ),
  oneOf('FFFFFFFFFFFFFFFFF\r\n', '-1\r\n', '0\r\n', '5\nhello\n0\n\n', '--b\r\n\r\n', '--b--\r\n'),
  junk,
);

/** Two in three have a body of the length that they tell: otherwise what is left over is refused as the next request. */
const request = fc
  .tuple(method, target, version, headers, end, body, fc.nat(2))
  .map(([verb, path, protocol, lines, newline, content, dice]) => {
    const fitting = [
      ...lines.filter((line) => !/^(content-length|transfer-encoding|expect|connection|upgrade)/i.test(line)),
      `Content-Length: ${Buffer.byteLength(content)}`,
    ];
    return [`${verb} ${path} ${protocol}`, 'Host: x', ...(dice > 0 ? fitting : lines), '', content].join(
      newline,
    );
  });

/** One to four requests in a row, sometimes with some bytes changed: much of it is no HTTP. */
export const malformed = fc
  .tuple(
    fc.array(request, { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    fc.nat(),
    fc.uint8Array({ maxLength: 6 }),
  )
  .map(([requests, isDamaged, place, bytes]) => {
    const whole = Buffer.from(requests.join(''));
    if (isDamaged && whole.length > 0)
      whole.set(bytes.subarray(0, whole.length - (place % whole.length)), place % whole.length);
    return whole;
  });
