import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { registerPerson, type ApiPerson } from '../support/person.ts';
import { beginUpload, offsetOf } from '../support/resumable.ts';
import { startSystem, type System } from '../support/system.ts';

const LIMIT = 1_000_000;
/** What is sent until the server has noticed: the limit, what a form adds, and what is under way on a crowded machine. */
const MAX_SENT = 30 * LIMIT;

let system: System;
let person: ApiPerson;
beforeAll(async () => {
  system = await startSystem({ env: { MAX_UPLOAD_BYTES: String(LIMIT) } });
});
beforeEach(async () => {
  person = await registerPerson(system.url);
});
afterAll(() => system.remove());

interface End {
  /** Undefined when the connection was ended without one. */
  status: number | undefined;
  sent: number;
}

/** Send a beginning, and then the same bytes again and again, until the server ends the connection. */
function sendForEver(
  [method, path]: [string, string],
  headers: Record<string, string>,
  begin: string,
  again: Buffer,
): Promise<End> {
  const authorization = `Bearer ${person.tokens.accessToken}`;
  const req = request(`${system.url}${path}`, {
    method,
    headers: { authorization, ...headers },
    agent: false,
  });
  const end: End = { status: undefined, sent: 0 };
  const pour = () => {
    while (!req.destroyed && req.write(again)) end.sent += again.length;
    // So that a server that goes on for ever is a failure of the test and not of the machine.
    if (end.sent > MAX_SENT) req.destroy();
  };
  req.on('response', (response) => {
    end.status = response.statusCode;
    response.on('error', () => undefined).resume();
  });
  req.on('error', () => undefined).on('drain', pour);
  req.write(begin);
  pour();
  return new Promise((resolve) => req.on('close', () => resolve(end)));
}

/** Also no lease: another upload could begin at once. */
async function expectNothingLeft(): Promise<void> {
  await eventually(async () => {
    const folders = ['sources', '.incoming'].map((name) => join(system.dataDir, 'objects', name));
    const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
    return names.flat().length === 0;
  }, 'what was stored of it to be removed');
  expect(await system.query('video', 'SELECT id FROM videos')).toEqual([]);
  const response = await person.fetch('/video', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  });
  expect(response.status).toBe(415);
}

const zeros = Buffer.alloc(65_536);
const FORM = { 'content-type': 'multipart/form-data; boundary=b' };
const FILE = '--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n';
const FIELD = '--b\r\nContent-Disposition: form-data; name="recipe"\r\n\r\n';

test.each<[string, Record<string, string>, string, Buffer]>([
  ['raw', { 'content-type': 'video/mp4' }, '', zeros],
  ['as the file of a form', FORM, FILE, zeros],
  ['as a form that never comes to its first part', FORM, '', zeros],
  ['as a field of a form', FORM, FIELD, zeros],
  ['as the head of a part', FORM, '--b\r\nContent-Disposition: ', Buffer.alloc(65_536, 'x')],
  ['as the heads of parts', FORM, FILE, Buffer.from(`\r\n${FIELD}{}`.repeat(500))],
  ['behind the end of a form', FORM, `${FILE}x\r\n--b--\r\n`, zeros],
])(
  'an upload without an end, %s, is refused at the limit and leaves nothing',
  async (_name, headers, begin, again) => {
    const { status, sent } = await sendForEver(['POST', '/video'], headers, begin, again);
    expect([400, 413, undefined]).toContain(status);
    expect(sent).toBeLessThan(MAX_SENT);
    await expectNothingLeft();
  },
);

test('a resumable upload whose length is told later is refused before its bytes', async () => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-defer-length': '1' };
  const { status, sent } = await sendForEver(
    ['POST', '/uploads'],
    { ...headers, 'content-type': 'application/offset+octet-stream' },
    '',
    zeros,
  );
  expect([400, undefined]).toContain(status);
  expect(sent).toBeLessThan(MAX_SENT);
  await expectNothingLeft();
});

test('a resumable upload takes no more bytes than it was begun for', async () => {
  const path = await beginUpload(person, LIMIT, { filename: 'a.mp4' });
  const headers = {
    'tus-resumable': '1.0.0',
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
  };
  const { status, sent } = await sendForEver(['PATCH', path], headers, '', zeros);
  expect([413, undefined]).toContain(status);
  expect(sent).toBeLessThan(MAX_SENT);
  expect(await offsetOf(person, path)).toBeLessThanOrEqual(LIMIT);
});

test.each([
  ['JSON', '/login', 413, { 'content-type': 'application/json' }],
  ['a body that nobody wants', '/nowhere', 404, { 'content-type': 'video/mp4' }],
])('%s without an end is refused', async (_name, path, refusal, headers) => {
  const again = Buffer.alloc(65_536, 'x');
  const { status, sent } = await sendForEver(['POST', path], headers, '{"email": "', again);
  expect([refusal, undefined]).toContain(status);
  expect(sent).toBeLessThan(MAX_SENT);
});
