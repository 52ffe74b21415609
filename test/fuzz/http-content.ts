import fc from 'fast-check';
import { headerJunk, junk } from './junk.ts';

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
/** Some of them, any of them more than once. */
export const someHeaders = fc.array(
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
export const form = fc
  .tuple(fc.array(part, { maxLength: 3 }), oneOf('--b--\r\n', '--b--\r\n', '--b', ''))
  .map(([parts, end]) => parts.join('') + end);
