// Keeps one comment of a pull request, or one issue, up to date.
// Usage: post.ts comment NUMBER KEY FILE | issue KEY TITLE FILE | solved KEY
import { readFile } from 'node:fs/promises';
import { command, Fault, given } from './program.ts';

/** What GitHub is asked by. */
export interface GitHub {
  url: string;
  /** `owner/name` */
  repository: string;
  token: string;
}

interface Item {
  id: number;
  number: number;
  body: string | null;
}

/** @throws Fault `github_refused` */
async function ask<T>(github: GitHub, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${github.url}/repos/${github.repository}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${github.token}`, Accept: 'application/vnd.github+json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok)
    throw new Fault('github_refused', `${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const markOf = (key: string) => `<!-- ${key} -->`;

/** The first item of a list, page by page, that carries a key. */
async function find(github: GitHub, path: string, key: string): Promise<Item | undefined> {
  const size = 100;
  for (let page = 1; ; page += 1) {
    const items = await ask<Item[]>(github, 'GET', `${path}per_page=${size}&page=${page}`);
    const found = items.find(({ body }) => body?.startsWith(markOf(key)));
    if (found || items.length < size) return found;
  }
}

/** Write a comment, over the one that carries the same key. */
export async function putComment(github: GitHub, number: number, key: string, text: string): Promise<void> {
  const body = `${markOf(key)}\n${text}`;
  const found = await find(github, `issues/${number}/comments?`, key);
  if (found) await ask(github, 'PATCH', `issues/comments/${found.id}`, { body });
  else await ask(github, 'POST', `issues/${number}/comments`, { body });
}

/** Write an issue, over the open one that carries the same key. */
export async function putIssue(github: GitHub, key: string, title: string, text: string): Promise<void> {
  const body = `${markOf(key)}\n${text}`;
  const found = await find(github, 'issues?state=open&', key);
  if (found) await ask(github, 'PATCH', `issues/${found.number}`, { title, body });
  else await ask(github, 'POST', 'issues', { title, body });
}

/** Close the open issue that carries a key, if there is one. */
export async function solveIssue(github: GitHub, key: string): Promise<void> {
  const found = await find(github, 'issues?state=open&', key);
  if (found)
    await ask(github, 'PATCH', `issues/${found.number}`, { state: 'closed', state_reason: 'completed' });
}

if (import.meta.main) {
  await command(async () => {
    const github = {
      url: given('GITHUB_API_URL'),
      repository: given('GITHUB_REPOSITORY'),
      token: given('GITHUB_TOKEN'),
    };
    const [what, ...words] = process.argv.slice(2);
    const [first = '', second = '', path = ''] = words;
    if (what === 'comment') return putComment(github, Number(first), second, await readFile(path, 'utf8'));
    if (what === 'issue') return putIssue(github, first, second, await readFile(path, 'utf8'));
    if (what === 'solved') return solveIssue(github, first);
    throw new Fault('misuse', `comment, issue or solved, not ${what ?? 'nothing'}`);
  });
}
