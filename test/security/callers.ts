import { json, PASSWORD, registerPerson, type ApiPerson, type Tokens } from '../support/person.ts';
import { eventually } from '../support/eventually.ts';
import type { System } from '../support/system.ts';
import { forgedTokens } from './forged-tokens.ts';
import type { Right } from './operations.ts';

/** The administrator that a system is started with. */
export const administrator = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a long admin password' };

export interface Caller {
  name: string;
  headers: Record<string, string>;
  /** Null: the system knows nobody of this token. */
  rights: Right[] | null;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Every kind of caller there is, none of them `ann`. */
export async function makeCallers(system: System, ann: ApiPerson): Promise<Caller[]> {
  const [bob, root] = [await registerPerson(system.url), await logIn(system, administrator.ADMIN_EMAIL)];
  const secret = 'a cookie, a parameter or a login is no token';
  const basic = Buffer.from(`${ann.email}:${PASSWORD}`).toString('base64');
  const { forged, right } = await forgedTokens(system, ann.tokens.accessToken);
  await must(fetch(`${system.url}/me`, { headers: bearer(right) }));
  const nobody: Record<string, Caller['headers']> = {
    anonymous: {},
    [secret]: { cookie: `accessToken=${ann.tokens.accessToken}`, authorization: `Basic ${basic}` },
    'a refresh token': bearer(ann.tokens.refreshToken),
    ...bearers(forged),
    ...bearers(await deadTokens(system, root)),
    ...bearers(await deadKeys(system)),
  };
  const call = (name: string, token: string, ...rights: Right[]) => ({
    name,
    headers: bearer(token),
    rights,
  });
  return [
    ...Object.entries(nobody).map(([name, headers]) => ({ name, headers, rights: null })),
    call('a key to read', await keyOf(bob, 'read'), 'read'),
    call('a key to write', await keyOf(bob, 'write'), 'read', 'write'),
    call('a key of an administrator', await keyOf(root, 'write'), 'read', 'write'),
    call('another person', bob.tokens.accessToken, 'read', 'write', 'session'),
    call('an administrator', root.token, 'read', 'write', 'session', 'admin'),
  ];
}

const bearers = (tokens: Record<string, string>) =>
  Object.fromEntries(Object.entries(tokens).map(([name, token]) => [`a token with ${name}`, bearer(token)]));

interface LoggedIn {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

async function logIn({ url }: System, email: string, password: string = administrator.ADMIN_PASSWORD) {
  const answer = await fetch(`${url}/login`, json({ email, password }));
  const { accessToken: token } = (await answer.json()) as Tokens;
  const call: LoggedIn['fetch'] = (path, init = {}) =>
    fetch(url + path, { ...init, headers: { ...(init.headers as object), ...bearer(token) } });
  return { token, fetch: call };
}

async function keyOf(person: LoggedIn, scope: 'read' | 'write'): Promise<string> {
  const answer = await person.fetch('/me/keys', json({ name: scope, scope }));
  if (answer.status !== 201) throw new Error(`No key but ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { key: string }).key;
}

/** Tokens that once worked: of sessions that have ended, whatever ended them. */
async function deadTokens(system: System, root: LoggedIn): Promise<Record<string, string>> {
  const people = { out: await registerPerson(system.url), gone: await registerPerson(system.url) };
  const [shut, fallen] = [await registerPerson(system.url), await registerPerson(system.url)];
  await must(root.fetch(`/admin/people/${fallen.id}/role`, json({ role: 'admin' }, { method: 'PUT' })));
  const { token: formerAdmin } = await logIn(system, fallen.email, PASSWORD);
  const keyOfShut = await keyOf(shut, 'write');
  const keyOfGone = await keyOf(people.gone, 'write');

  await must(people.out.fetch('/logout', json({ refreshToken: people.out.tokens.refreshToken })));
  await must(people.gone.fetch('/me/deletion', json({ password: PASSWORD })));
  await must(root.fetch(`/admin/people/${shut.id}/disable`, { method: 'POST' }));
  await must(root.fetch(`/admin/people/${fallen.id}/role`, json({ role: 'user' }, { method: 'PUT' })));
  const dead = {
    'an ended session': people.out.tokens.accessToken,
    'a deleted person': people.gone.tokens.accessToken,
    'a disabled person': shut.tokens.accessToken,
    'the role of a former administrator': formerAdmin,
    'a key of a disabled person': keyOfShut,
    'a key of a deleted person': keyOfGone,
  };
  for (const [name, token] of Object.entries(dead)) {
    const isRefused = async () =>
      (await fetch(`${system.url}/me`, { headers: bearer(token) })).status === 401;
    await eventually(isRefused, `${name} to be refused`, 10_000);
  }
  return dead;
}

/** API keys that don't work (any more). */
async function deadKeys(system: System): Promise<Record<string, string>> {
  const person = await registerPerson(system.url);
  const [over, deleted] = [await keyOf(person, 'write'), await keyOf(person, 'read')];
  const live = await keyOf(person, 'read');
  const sql = `UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE person_id = $1 AND scope = 'write'`;
  await system.query('auth', sql, [person.id]);
  const idOf = (key: string) => key.split('_')[1]?.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  await must(person.fetch(`/me/keys/${idOf(deleted)}`, { method: 'DELETE' }));
  const other = live.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'));
  return { 'a key that is over': over, 'a deleted key': deleted, 'a key with another secret': other };
}

async function must(asked: Promise<Response>): Promise<void> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
}
