import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { footage } from '../support/footage.ts';
import { problemOf, registerPerson, type ApiPerson } from '../support/person.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let clip: Buffer<ArrayBuffer>;
beforeAll(async () => {
  clip = Buffer.from(await readFile(footage('birds.mp4')));
  system = await startSystem({ env: { MAX_REGISTRATIONS_PER_NETWORK: '3', MAX_UPLOADS_PER_NETWORK: '4' } });
});
afterAll(() => system.remove());

const tus = { 'tus-resumable': '1.0.0', 'upload-length': '10' };
const post = (
  person: ApiPerson,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer>,
) => person.fetch(path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
const upload = (person: ApiPerson) => post(person, '/video', { 'content-type': 'video/mp4' }, clip);

/** Refused, with a stable code and when to come again. */
async function expectLimit(response: Response): Promise<void> {
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await problemOf(response)).toEqual([429, 'too_many_requests']);
}

test('one network makes no more accounts, and with many accounts begins no more uploads, than it may', async () => {
  const people = [];
  for (let n = 0; n < 3; n += 1) people.push(await registerPerson(system.url));
  await expectLimit(
    await fetch(`${system.url}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'one.more@example.com', password: 'long enough 1' }),
    }),
  );
  const [first, second, third] = people as [ApiPerson, ApiPerson, ApiPerson];
  for (const person of [first, second, third]) expect((await upload(person)).status).toBe(201);
  expect((await post(first, '/uploads', tus)).status).toBe(201);
  for (const person of people) await expectLimit(await upload(person));
  await expectLimit(await post(third, '/uploads', tus));
});
