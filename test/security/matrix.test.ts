import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchByContract } from '../support/api-contract.ts';
import { json, problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startS3, type S3 } from '../support/s3.ts';
import { startSystem, type System } from '../support/system.ts';
import { CANARY, giveBelongings, inventory, webhooksHere } from './belongings.ts';
import { administrator, makeCallers, type Caller } from './callers.ts';
import { headerFaults } from './header-faults.ts';
import {
  fill,
  isAboutOne,
  nowhere,
  operationsOf,
  requestOf,
  type Names,
  type Operation,
} from './operations.ts';

/** Who needs no token, and why that is right, is a decision: a new one has to be added here. */
const OPEN = [
  // Whoever has no account yet, or no token.
  ...['register', 'logIn', 'refresh', 'logOut', 'forgotPassword'],
  // The secret in the request is what lets in.
  ...['verifyEmail', 'resetPassword', 'downloadExport', 'followLink', 'followLinkHeaders'],
  ...['askUnsubscribe', 'unsubscribe'],
  // They tell nothing of anybody.
  ...['isLive', 'isReady', 'getAuthVersion', 'getNotifyVersion', 'getOpenApi'],
];

let s3: S3;
let system: System;
let ann: ApiPerson;
let names: Names;
let callers: Caller[];
let operations: Operation[];
beforeAll(async () => {
  s3 = await startS3();
  const storage = { ...s3.env, STORAGE_URL: `${s3.url}&redirect=true` };
  system = await startSystem({ env: { ...administrator, ...webhooksHere, ...storage } });
  ann = await registerPerson(system.url, { name: CANARY });
  names = await giveBelongings(system, ann);
  callers = await makeCallers(system, ann);
  operations = await operationsOf(system.url);
});
afterAll(async () => {
  await system.remove();
  await s3.remove();
});

interface Answer {
  status: number;
  code: string | undefined;
  headers: Headers;
  text: string;
}

/** One cell of the matrix. */
async function ask(operation: Operation, headers: Caller['headers'], things: Names): Promise<Answer> {
  const url = new URL(fill(operation, { ...nowhere, ...things }), system.url);
  const answer = await fetchByContract(url, requestOf(operation, headers));
  const isEndless = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isEndless ? '' : await answer.text();
  if (isEndless) await answer.body?.cancel();
  const isProblem = answer.headers.get('content-type') === 'application/problem+json' && text !== '';
  const { code } = isProblem ? (JSON.parse(text) as { code: string }) : { code: undefined };
  return { status: answer.status, code, headers: answer.headers, text };
}

/** What an answer must be; undefined where that depends on more than on who asks. */
function expected({ right, method, ...operation }: Operation, { rights }: Caller): string | undefined {
  if (right === null) return undefined;
  const said = (status: number, code: string) => (method === 'HEAD' ? `${status}` : `${status} ${code}`);
  if (rights === null) return said(401, 'unauthorized');
  if (!rights.includes(right)) return said(403, 'forbidden');
  return isAboutOne({ right, method, ...operation }) && right !== 'admin'
    ? said(404, 'not_found')
    : undefined;
}

/** What is wrong with an answer; undefined when nothing is. */
function faultOf(operation: Operation, caller: Caller, answer: Answer): string | undefined {
  const got =
    answer.code && operation.method !== 'HEAD' ? `${answer.status} ${answer.code}` : `${answer.status}`;
  const wanted = expected(operation, caller);
  if (wanted !== undefined && got !== wanted) return `${got} instead of ${wanted}`;
  if (wanted === undefined && /^(401 unauthorized|403|5)/.test(got)) return got;
  const mayKnow = operation.right === 'admin' && caller.rights?.includes('admin');
  if (!mayKnow && answer.text.includes(CANARY)) return 'it tells of somebody else';
  return headerFaults(operation, answer);
}

describe('who may do what', () => {
  test('is written in the API document, and what needs no token is known', () => {
    expect(operations.length).toBeGreaterThan(100);
    expect(
      operations
        .filter(({ right }) => right === null)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(OPEN.sort());
    for (const { id, path, method, right } of operations.filter((it) => it.right !== null)) {
      const isAdministration = path.startsWith('/admin/') || id === 'sendNotification';
      expect([id, right === 'admin']).toEqual([id, isAdministration]);
      // What changes an account takes more than a key.
      const isAccount = path.startsWith('/me') && method !== 'GET' && id !== 'markNotificationsRead';
      if (isAccount) expect([id, right]).toEqual([id, 'session']);
    }
  });

  test('holds for every route and every kind of caller, and others’ things are not there', async () => {
    const before = await inventory(ann, names);
    const faults: string[] = [];
    let asked = 0;
    for (const caller of callers) {
      for (const operation of operations) {
        // An administrator could really do it to Ann.
        const things = operation.right === 'admin' && caller.rights?.includes('admin') ? {} : names;
        const answer = await ask(operation, caller.headers, things);
        asked += 1;
        const fault = faultOf(operation, caller, answer);
        if (fault) faults.push(`${caller.name}: ${operation.method} ${operation.path}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
    expect(asked).toBe(callers.length * operations.length);
    expect(await inventory(ann, names)).toEqual(before);
    console.info(`${callers.length} kinds of callers × ${operations.length} operations = ${asked} requests`);
  });
});

describe('things of others', () => {
  let bob: ApiPerson;
  beforeAll(async () => {
    bob = await registerPerson(system.url);
  });

  test('are answered like things that are nowhere, word for word', async () => {
    const headers = { authorization: `Bearer ${bob.tokens.accessToken}` };
    const one = operations.filter((it) => isAboutOne(it) && it.right !== 'admin' && it.right !== null);
    expect(one.length).toBeGreaterThan(25);
    for (const operation of one) {
      const [hers, none] = [await ask(operation, headers, names), await ask(operation, headers, {})];
      const words = ({ status, text }: Answer) => [status, text.replace(/"requestId":"[^"]*"/, '')];
      expect([operation.id, ...words(hers)]).toEqual([operation.id, ...words(none)]);
    }
  });

  test('can’t be named in a query or in a body either', async () => {
    const video = await ann.waitFor(names['/video/']?.id ?? '', 'completed');
    const extraction = video.extractions[0]?.id ?? '';
    const own = await bob.upload(Buffer.from('no video'), { filename: 'mine.mp4' });
    await bob.waitFor(own.id, 'failed');
    for (const path of ['download', 'frames', 'frames/1', 'poster', 'contact-sheet', 'storyboard.vtt']) {
      const answer = await bob.fetch(`/video/${own.id}/${path}?extraction=${extraction}`);
      expect([path, ...(await problemOf(answer))]).toEqual([path, 404, 'not_found']);
    }
    const link = await bob.fetch(`/video/${own.id}/links`, json({ extraction }));
    expect(await problemOf(link)).toEqual([404, 'not_found']);
    const content = { sha256: video.sha256, size: video.size };
    expect(await (await bob.fetch('/video/check', json(content))).json()).toMatchObject({ exists: false });
    expect(await problemOf(await bob.fetch('/video/reuse', json({ ...content, recipe: {} })))).toEqual([
      404,
      'not_found',
    ]);
    const notices = (await (await ann.fetch('/me/notifications')).json()) as { items: { id: string }[] };
    const read = await bob.fetch('/me/notifications/read', json({ upTo: notices.items[0]?.id }));
    expect(await problemOf(read)).toEqual([404, 'not_found']);
  });
});

test('names that nothing can have are nowhere: none of them breaks a query, whoever asks', async () => {
  const odd = ['%00', 'a%00b', "';--", '%F0%9F%98%80%25', '%ED%A0%80', '..%2f..', 'x'.repeat(2000), '-1'];
  const root = callers.at(-1)?.headers ?? {};
  const faults: string[] = [];
  for (const operation of operations.filter(isAboutOne)) {
    for (const name of odd) {
      const every = Object.values(nowhere).flatMap((names) => Object.keys(names));
      const names = oddly(Object.fromEntries(every.map((it) => [it, name])));
      const status = await ask(operation, root, names).then(
        (answer) => answer.status,
        (error: unknown) => String(error).slice(-100),
      );
      if (status !== 400 && status !== 404) faults.push(`${operation.id} ${name.slice(0, 20)}: ${status}`);
    }
  }
  expect(faults).toEqual([]);
});

/** The same names everywhere. */
const oddly = (names: Names[string]): Names =>
  Object.fromEntries(Object.keys(nowhere).map((start) => [start, names]));

/** In an order in which nothing is gone before it is asked for; last of all goes the session itself. */
function inOrder(some: Operation[]): Operation[] {
  const rank = ({ id, method, path }: Operation) =>
    id === 'endSession' ? Infinity : method === 'DELETE' ? 1000 - path.length : method === 'GET' ? -1 : 0;
  return some.toSorted((a, b) => rank(a) - rank(b));
}

test('all of it was there: its own person can do with it what others could not', async () => {
  const headers = { authorization: `Bearer ${ann.tokens.accessToken}` };
  // What it does instead of DELETE, DELETE does.
  const isMine = (it: Operation) =>
    isAboutOne(it) && /read|write|session/.test(it.right ?? '') && it.id !== 'overrideUpload';
  for (const operation of inOrder(operations.filter(isMine))) {
    const answer = await ask(operation, headers, names);
    expect(`${operation.id} ${answer.status}`).not.toMatch(/ (401|403|404|5\d\d)$/);
    expect([operation.id, headerFaults(operation, answer)]).toEqual([operation.id, undefined]);
  }
});
