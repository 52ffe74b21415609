import { text } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import lockfile from 'proper-lockfile';
import { read } from 'read';
import {
  ApiProblem,
  createApi,
  dataOf,
  sendPatiently,
  withBearer,
  type Body,
  type Schemas,
  type Sender,
} from '../../client/index.ts';
import { contextOf, type Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { bytes, table } from '../output.ts';
import { notLoggedIn, readSession, removeSession, sessionOf, usableKey, writeSession } from '../session.ts';

interface LoginOptions {
  email?: string;
  passwordStdin?: boolean;
  apiKeyStdin?: boolean;
  code?: string;
}

/** Commands about the person. */
export function addAccountCommands(program: Command): void {
  program
    .command('login')
    .description('log in, and stay so on this machine')
    .option('--email <address>')
    .option('--password-stdin', 'read the password from standard input')
    .option('--code <code>', 'of the second factor')
    .addOption(
      new Option('--api-key-stdin', 'read an API key from standard input, and use it instead').conflicts([
        'email',
        'passwordStdin',
        'code',
      ]),
    )
    .action(async (options: LoginOptions, command: Command) => {
      const context = await contextOf(command);
      await (options.apiKeyStdin ? keepKey(context) : logIn(context, options));
    });
  program
    .command('logout')
    .description('end the session')
    .action(async (_options, command: Command) => logOut(await contextOf(command)));
  program
    .command('whoami')
    .description('show who is logged in')
    .action(async (_options, command: Command) => {
      const { api, output, url } = await contextOf(command);
      const person = await dataOf(api.GET('/me'));
      output.result(person, `${person.email} at ${url}`);
    });
  program
    .command('usage')
    .description('show what is used of the limits')
    .action(async (_options, command: Command) => showUsage(await contextOf(command)));
  addKeyCommands(program.command('keys').description('API keys for programs'));
}

async function askFor(prompt: string, silent = false): Promise<string> {
  if (process.stdin.isTTY) return read({ prompt, silent, output: process.stderr });
  throw new CliError('no_terminal', `Without a terminal give ${prompt} by an option`, exitCodes.wrongUse);
}

async function logIn({ url, output, sessionFile }: Context, options: LoginOptions): Promise<void> {
  const email = options.email ?? (await askFor('e-mail: '));
  const password = options.passwordStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : await askFor('password: ', true);
  const tokens = await askTokens(url, { email, password, ...(options.code ? { code: options.code } : {}) });
  await writeSession(sessionFile, sessionOf(url, tokens));
  output.result({ url, email }, `Logged in at ${url}`);
}

/** A key that the installation takes is kept as a session is. */
async function keepKey({ url, output, sessionFile }: Context): Promise<void> {
  const apiKey = usableKey(await text(process.stdin));
  const asKey: Sender = (request) => sendPatiently(withBearer(request, apiKey));
  const { email } = await dataOf(createApi(url, asKey).GET('/me'));
  await writeSession(sessionFile, { url, apiKey });
  output.result({ url, email }, `Logged in at ${url} by a key of ${email}`);
}

async function askTokens(url: string, body: Body<'post', '/login'>): Promise<Schemas['Tokens']> {
  const api = createApi(url);
  try {
    return await dataOf(api.POST('/login', { body }));
  } catch (error) {
    const asks = error instanceof ApiProblem && error.code === 'second_factor_required';
    if (!asks || !process.stdin.isTTY) throw error;
    return dataOf(api.POST('/login', { body: { ...body, code: await askFor('code: ') } }));
  }
}

async function logOut({ output, sessionFile }: Context): Promise<void> {
  const session = await readSession(sessionFile);
  if (!session) throw notLoggedIn();
  const { url } = session;
  const release = await lockfile.lock(sessionFile, { realpath: false, retries: 20 });
  try {
    await removeSession(sessionFile);
  } finally {
    await release();
  }
  // A key was not made by the login, so it does not end here: `keys rm` ends it.
  if ('refreshToken' in session) {
    const { refreshToken } = session;
    await createApi(url).POST('/logout', { body: { refreshToken } });
  }
  output.result({ url }, `Logged out of ${url}`);
}

async function showUsage({ api, output }: Context): Promise<void> {
  const usage = await dataOf(api.GET('/me/usage'));
  const { storedBytes, videosPerDay, concurrentUploads, fileBytes } = usage;
  const rows = [
    ['stored', bytes(storedBytes.used), bytes(storedBytes.limit)],
    ['videos a day', videosPerDay.used, videosPerDay.limit],
    ['uploads at once', concurrentUploads.used, concurrentUploads.limit],
    ['size of a file', '', bytes(fileBytes.limit)],
  ];
  output.result(usage, table(['', 'used', 'limit'], rows));
}

function addKeyCommands(keys: Command): void {
  keys
    .command('list')
    .description('list them')
    .action(async (_options, command: Command) => {
      const { api, output } = await contextOf(command);
      const { items } = await dataOf(api.GET('/me/keys'));
      const rows = items.map((key) => [
        key.id,
        key.name,
        key.scope,
        key.expiresAt ?? 'never',
        key.lastUsedAt ?? 'never',
      ]);
      output.result(items, table(['id', 'name', 'scope', 'expires', 'last used'], rows));
    });
  keys
    .command('create')
    .description('make one; it is shown this once only')
    .argument('<name>')
    .addOption(new Option('--scope <scope>', 'what it may do').choices(['read', 'write']).default('read'))
    .option('--days <number>', 'after which it ends', Number)
    .action(async (name: string, options: { scope: 'read' | 'write'; days?: number }, command: Command) => {
      const { api, output } = await contextOf(command);
      const body = { name, scope: options.scope, expiresDays: options.days ?? null };
      const key = await dataOf(api.POST('/me/keys', { body }));
      output.result(key, key.key);
    });
  keys
    .command('rm')
    .description('end one')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { api, output } = await contextOf(command);
      await api.DELETE('/me/keys/{id}', { params: { path: { id } } });
      output.result({ id }, `Ended ${id}`);
    });
}
