import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { putComment, putIssue, solveIssue, type GitHub } from '../scripts/post.ts';
import { serve } from './server.ts';

interface Item {
  id: number;
  number: number;
  body: string;
  title?: string;
  state: string;
}

/** GitHub's comments and issues of one repository, page by page. */
async function gitHub(t: TestContext, items: Item[]): Promise<GitHub> {
  const json = (value: unknown, status = 200) => ({ status, body: JSON.stringify(value) });
  const url = await serve(t, (request, body) => {
    if (request.headers.authorization !== 'Bearer secret') return json({ message: 'Bad credentials' }, 401);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://github');
    assert.match(pathname, /^\/repos\/o\/r\/issues(\/7\/comments|\/comments\/\d+|\/\d+)?$/);
    if (request.method === 'GET') {
      const [size, page] = ['per_page', 'page'].map((name) => Number(searchParams.get(name))) as [
        number,
        number,
      ];
      const open = items.filter(({ state }) => state === 'open');
      return json(open.slice(size * (page - 1), size * page));
    }
    const given = JSON.parse(body) as Partial<Item>;
    if (request.method === 'POST') {
      const number = items.length + 1;
      items.push({ id: number, number, body: '', state: 'open', ...given });
      return json({}, 201);
    }
    const found = items.find(({ id }) => pathname.endsWith(`/${id}`));
    if (!found) return json({ message: 'Not Found' }, 404);
    return json(Object.assign(found, given));
  });
  return { url, repository: 'o/r', token: 'secret' };
}

const others = (count: number): Item[] =>
  Array.from({ length: count }, (_, at) => ({ id: at + 1, number: at + 1, body: 'hello', state: 'open' }));

test('a comment is written once and then over, however many others there are', async (t) => {
  const items = others(250);
  const github = await gitHub(t, items);
  await putComment(github, 7, 'plan-prod', 'first');
  await putComment(github, 7, 'plan-dev', 'other');
  await putComment(github, 7, 'plan-prod', 'second');
  const ours = items.slice(250).map(({ body }) => body);
  assert.deepEqual(ours, ['<!-- plan-prod -->\nsecond', '<!-- plan-dev -->\nother']);
});

test('an issue is opened, written over, closed, and opened anew', async (t) => {
  const items: Item[] = [];
  const github = await gitHub(t, items);
  await solveIssue(github, 'drift-prod');
  assert.equal(items.length, 0);
  await putIssue(github, 'drift-prod', 'It drifts', 'first');
  await putIssue(github, 'drift-prod', 'It drifts', 'second');
  assert.deepEqual(
    items.map(({ title, body }) => [title, body]),
    [['It drifts', '<!-- drift-prod -->\nsecond']],
  );
  await solveIssue(github, 'drift-prod');
  assert.equal(items[0]?.state, 'closed');
  await putIssue(github, 'drift-prod', 'It drifts', 'third');
  assert.deepEqual(
    items.map(({ state }) => state),
    ['closed', 'open'],
  );
});

test('a refusal is an error with GitHub’s words', async (t) => {
  const github = { ...(await gitHub(t, [])), token: 'wrong' };
  await assert.rejects(putComment(github, 7, 'plan-prod', 'x'), {
    code: 'github_refused',
    message: /401.*Bad credentials/,
  });
});
