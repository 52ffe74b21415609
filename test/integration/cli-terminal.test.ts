import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { setCliStage, type CliUser } from '../support/cli.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { footage } from '../support/footage.ts';
import { paddedClip } from '../support/padded-clip.ts';
import { PASSWORD, type ApiPerson } from '../support/person.ts';
import type { System } from '../support/system.ts';
import type { Terminal } from '../support/terminal.ts';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** From the cursor to the end of the line. */
const CLEAR = '\x1b[0K';
const MB = 1024 * 1024;

const stage = setCliStage();
let system: System;
let person: ApiPerson;
let user: CliUser;
beforeAll(() => {
  ({ system, person, user } = stage);
});

const shows = (terminal: Terminal, text: string) =>
  eventually(() => terminal.shown().includes(text), `“${text}” on the terminal`, 60_000);

test('a person is asked for address and password, and what is typed of the latter is never seen', async () => {
  const terminal = user.sit(['login', '--url', system.url]);
  await shows(terminal, 'e-mail: ');
  terminal.type(`${person.email}\r`);
  await shows(terminal, 'password: ');
  terminal.type(`${PASSWORD}\r`);
  expect(await terminal.ended).toBe(0);
  expect(terminal.shown()).toContain(person.email);
  expect(terminal.shown()).toContain(`Logged in at ${system.url}`);
  for (const word of PASSWORD.split(' ')) expect(terminal.shown()).not.toContain(word);
  expect(await readFile(user.sessionFile, 'utf8')).not.toContain(PASSWORD);
});

test('a bar is drawn, and drawn over, and nothing of it is left at the end', async () => {
  const terminal = user.sit(['upload', 'birds.mp4', '--watch']);
  expect(await terminal.ended).toBe(0);
  const shown = terminal.shown();
  expect(shown).toMatch(/birds\.mp4 [█=]+.* 100% .*\/s, .* left/);
  expect(shown.indexOf(HIDE_CURSOR)).toBeLessThan(shown.indexOf('birds.mp4'));
  const end = shown.lastIndexOf(' left');
  const after = shown.slice(end);
  expect(after).toContain(CLEAR);
  expect(after.indexOf(CLEAR)).toBeLessThan(after.indexOf('completed, 100 %'));
  expect(shown.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(shown.lastIndexOf(HIDE_CURSOR));
});

test('several files share the terminal: one bar at a time, and what is told beside it has a line of its own', async () => {
  await Promise.all(
    ['a.mp4', 'b.mp4', 'c.mp4'].map((name) => copyFile(footage('birds.mp4'), join(user.home, name))),
  );
  const terminal = user.sit(['upload', 'a.mp4', 'b.mp4', 'c.mp4', '--download', 'out']);
  expect(await terminal.ended).toBe(0);
  const shown = terminal.shown();
  // Between the beginnings of two bars the first one has ended.
  for (const drawn of shown.split(HIDE_CURSOR).slice(1)) expect(drawn).toContain(SHOW_CURSOR);
  for (const name of ['a', 'b', 'c']) {
    expect(shown).toContain(`\r\x1b[K${name}.mp4: completed, 100 %\r\n`);
    expect(shown).toContain(`out/${name}.zip\r\n`);
  }
});

test('whoever interrupts gets their cursor back, and the upload goes on another time', async () => {
  await writeFile(join(user.home, 'long.mp4'), await paddedClip(40 * MB));
  const proxy = await startCuttingProxy(
    system.url,
    (cuts) => (cuts === 0 ? 10 * MB : undefined),
    'stand still',
  );
  const env = { VIDEO_SYSTEM_API_KEY: person.tokens.accessToken, VIDEO_SYSTEM_URL: proxy.url };
  const terminal = user.sit(['upload', 'long.mp4'], env);
  await eventually(() => proxy.cuts() === 1, 'the upload to stand still', 60_000);
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
  const shown = terminal.shown();
  expect(shown.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(shown.lastIndexOf(HIDE_CURSOR));
  await proxy.close();
});

test('whoever deletes is asked first', async () => {
  const { id } = await person.upload(footage('birds.mp4'));
  const refused = user.sit(['rm', id]);
  await shows(refused, 'Delete 1 with all frames?');
  refused.type('no\r');
  expect(await refused.ended).toBe(1);
  expect((await person.fetch(`/video/${id}`)).status).toBe(200);
  const agreed = user.sit(['rm', id]);
  await shows(agreed, 'Delete 1 with all frames?');
  agreed.type('yes\r');
  expect(await agreed.ended).toBe(0);
  expect((await person.fetch(`/video/${id}`)).status).toBe(404);
});
