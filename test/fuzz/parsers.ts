import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { signAccessToken, verifyAccessToken } from '../../lib/access-token.ts';
import { newKeySecret, readApiKey, writeApiKey } from '../../lib/api-key.ts';
import { readCursor } from '../../lib/change-cursor.ts';
import { problemCode } from '../../lib/errors.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { readIdempotencyKey } from '../../services/api/idempotency-key.ts';
import { judgeConditions, wantedRange } from '../../services/api/transfer/conditions.ts';
import { cleanFilename } from '../../services/api/transfer/filename.ts';
import { sniffContainer } from '../../services/api/transfer/meter.ts';
import { readRecipeText } from '../../services/api/transfer/recipe.ts';
import { readChecksum } from '../../services/api/transfer/tus/checksum.ts';
import { readCreation, readOffset } from '../../services/api/transfer/tus/request-headers.ts';
import { anyRecipe } from '../support/any-recipe.ts';
import { assert } from './assert.ts';
import { campaign, type Campaign } from './campaign.ts';
import { anyJson, damaged, headerJunk, junk } from './junk.ts';

/** Reads a text: says what came of it, throws a ProblemError for what it refuses, and any other error is a fault. */
interface Parser {
  inputs: fc.Arbitrary<string>;
  read: (text: string) => string | Promise<string>;
}

const mixed = (valid: fc.Arbitrary<string>) => fc.oneof(valid, damaged(valid), junk);
const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const digits = fc.oneof(
  fc.nat(2000).map(String),
  fc.nat().map(String),
  fc.bigInt({ min: 0n }).map(String),
  oneOf('', '-1', '1e3', ' 1'),
);

const SIZE = 1000;
const validators = { etag: '"abc"', lastModified: new Date('2026-01-01T00:00:00Z') };
const range = fc.tuple(
  oneOf('bytes=', 'bytes=  ', 'Bytes=', 'lines='),
  digits,
  oneOf('-', '--', ','),
  digits,
);

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const key = { kid: 'k', publicKeyPem, privateKey };
const personId = randomUUID();
const token = signAccessToken({ personId, role: 'user', sessionId: randomUUID() }, key, 3600);
const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Tokens that nobody signed, with anybody's claims. */
const forged = fc
  .tuple(oneOf('none', 'ES256', 'HS256', 'RS256'), oneOf('k', 'x', ''), anyJson, junk)
  .map(([alg, kid, payload, signature]) =>
    [segment({ alg, kid }), segment(payload), Buffer.from(signature).toString('base64url')].join('.'),
  );

const idempotencyKey = (header: string) =>
  readIdempotencyKey({ headers: { 'idempotency-key': header } } as unknown as IncomingMessage);

const signatures = [
  '\0\0\0\x18ftypisom',
  '\x1aE\xdf\xa3',
  'RIFF\0\0\0\0AVI ',
  'PK\x03\x04',
  '%PDF-',
  'OggS',
  'ID3',
];

const parsers: Record<string, Parser> = {
  recipe: {
    inputs: mixed(
      fc.oneof(
        anyRecipe.map((it) => JSON.stringify(it)),
        anyJson.map((it) => JSON.stringify(it)),
      ),
    ),
    read: (text) => {
      const recipe = readRecipeText(text);
      assert(recipeSchema.safeParse(recipe).success, 'a recipe that was read is none');
      return 'a recipe';
    },
  },
  cursor: {
    inputs: mixed(
      fc
        .tuple(fc.constant('0123abcd'), digits, digits, digits, fc.array(digits, { maxLength: 3 }))
        .map(([epoch, at, low, high, running]) => [epoch, at, low, high, running.join('-')].join('.')),
    ),
    read: (text) => {
      const position = readCursor(text);
      if (!position) return 'no cursor';
      const [low, high] = position.snapshot.split(':');
      assert(
        BigInt(low ?? '') <= BigInt(high ?? '') && Number.isFinite(position.atMs),
        'a cursor that PostgreSQL refuses',
      );
      return 'a cursor';
    },
  },
  'idempotency-key': {
    inputs: fc.oneof(junk, headerJunk),
    read: (text) => {
      assert(/^[!-~]{1,255}$/.test(idempotencyKey(text) ?? ''), 'a key that is none');
      return 'a key';
    },
  },
  range: {
    inputs: mixed(range.map((parts) => parts.join(''))),
    read: (text) => {
      const wanted = wantedRange({ range: text }, validators, SIZE);
      if (wanted === undefined || wanted === 'unsatisfiable') return wanted ?? 'whole';
      const { start, end } = wanted;
      assert(start >= 0 && start <= end && end < SIZE, `the range ${start}-${end}`);
      return 'a range';
    },
  },
  conditions: {
    inputs: mixed(oneOf('"abc"', 'W/"abc"', '*', '"x", "abc"', 'Thu, 01 Jan 2026 00:00:00 GMT')),
    read: (text) => {
      const names = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
      const verdicts = names.map((name) => judgeConditions({ [name]: text }, validators));
      wantedRange({ range: 'bytes=0-1', 'if-range': text }, validators, SIZE);
      return verdicts.join(' ');
    },
  },
  filename: {
    inputs: mixed(oneOf('holiday.mp4', 'C:\\videos\\a.mov', '/etc/passwd', 'a\u202e4pm.exe', '.mp4')),
    read: (text) => {
      const name = cleanFilename(text);
      assert(name.length >= 1 && name.length <= 255 && name.isWellFormed(), 'a name that is none');
      assert(!/[/\\\p{Cc}\p{Cf}]/u.test(name) && !/^\.*$/.test(name), `the name ${JSON.stringify(name)}`);
      return 'a name';
    },
  },
  mime: {
    inputs: fc
      .tuple(oneOf(...signatures), fc.string({ unit: 'binary', maxLength: 200 }))
      .map((it) => it.join('')),
    read: async (text) => (await sniffContainer(Buffer.from(text, 'latin1'))) ?? 'unknown',
  },
  'event-id': {
    // What a client sends back as Last-Event-ID: the cursors of all sources.
    inputs: mixed(
      fc.array(oneOf('0123abcd.1.1.1.', '', 'x', '~'), { maxLength: 4 }).map((it) => it.join('~')),
    ),
    read: (text) => {
      const positions = text.split('~').map(readCursor);
      return positions.some(Boolean) ? 'some position' : 'no position';
    },
  },
  token: {
    inputs: fc.oneof(fc.constant(token), damaged(fc.constant(token)), forged, junk),
    read: (text) => {
      const caller = verifyAccessToken(text, [key]);
      // Base64 has several ways to write its last character; the claims are what was signed.
      assert(caller.personId === personId && caller.role === 'user', 'a token that nobody signed');
      return 'the caller';
    },
  },
  'api-key': {
    inputs: mixed(fc.uuid().map((id) => writeApiKey(id, newKeySecret()))),
    read: (text) => {
      const digest = readApiKey(text);
      if (!digest) return 'no key';
      assert(
        /^[0-9a-f-]{36}$/.test(digest.id) && /^[0-9a-f]{64}$/.test(digest.secretSha256),
        'a key that is none',
      );
      return 'a key';
    },
  },
  'tus-headers': {
    inputs: mixed(
      fc
        .tuple(
          oneOf('filename', 'recipe', 'sha256', 'name'),
          fc.oneof(
            junk,
            anyJson.map((it) => JSON.stringify(it)),
          ),
        )
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`),
    ),
    read: (text) => {
      const headers: IncomingHttpHeaders = { 'upload-length': '5', 'upload-metadata': text };
      const { filename, size } = readCreation(headers, SIZE);
      assert(size === 5 && filename === cleanFilename(filename), 'a creation that is none');
      return 'a creation';
    },
  },
  'tus-numbers': {
    inputs: fc.oneof(digits, junk),
    read: (text) => {
      const offset = readOffset({ 'upload-offset': text });
      assert(offset >= 0 && /^\d+$/.test(text), `the offset ${offset}`);
      return 'an offset';
    },
  },
  'tus-checksum': {
    inputs: mixed(oneOf('sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=', 'md5 x', 'sha256 ', 'crc32 AAAA')),
    read: (text) => (readChecksum(text) ? 'a checksum' : 'none'),
  },
};

/** Parsers that the API's requests go through, each as a class of its own. */
export const parserCampaigns: Campaign[] = Object.entries(parsers).map(([name, { inputs, read }]) =>
  campaign<string>(`parser-${name}`, () =>
    Promise.resolve({
      inputs,
      lanes: 1,
      attack: async (text) => {
        try {
          return await read(text);
        } catch (error) {
          const code = problemCode(error);
          if (!code || code === 'internal_error') throw error;
          return code;
        }
      },
      watched: { pid: process.pid, files: () => Promise.resolve([]) },
      settle: () => Promise.resolve([]),
      stop: () => Promise.resolve(),
    }),
  ),
);
