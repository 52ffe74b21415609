import { join } from 'node:path';
import type { Command } from 'commander';
import { createApi, sendPatiently, withBearer, type Api, type Sender } from '../client/index.ts';
import { environment } from './environment.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { readSession, usableKey, validToken } from './session.ts';

const DEFAULT_URL = 'http://localhost:3000';

/** What every command works with. */
export interface Context {
  url: string;
  api: Api;
  /** For what is no JSON. */
  ask: Sender;
  output: Output;
  sessionFile: string;
  stateDir: string;
  /** The bearer of the next request. */
  token: () => Promise<string>;
}

interface GlobalOptions {
  url?: string;
  json?: boolean;
}

/** Where sessions are kept. */
const sessionFile = join(environment.configDir, 'session.json');

async function chooseUrl(wanted: string | undefined): Promise<string> {
  const url = wanted ?? environment.url ?? (await readSession(sessionFile))?.url ?? DEFAULT_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new CliError('bad_url', `${url} is no http or https address`, exitCodes.wrongUse);
  }
  return url.replace(/\/+$/, '');
}

async function tokenFor(url: string): Promise<string> {
  if (environment.apiKey !== null) return usableKey(environment.apiKey);
  const session = await readSession(sessionFile);
  // A token goes to nobody but the installation that gave it.
  if (session && session.url !== url) {
    throw new CliError(
      'not_logged_in',
      `Nobody is logged in at ${url}: video-system login`,
      exitCodes.notLoggedIn,
    );
  }
  return validToken(sessionFile);
}

/** What a command works with, by the options that all commands have. */
export async function contextOf(command: Command): Promise<Context> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const url = await chooseUrl(options.url);
  const token = () => tokenFor(url);
  const output = createOutput(options.json ?? false);
  const patience = {
    sign: async (request: Request) => withBearer(request, await token()),
    onWait: (seconds: number) => output.note(`The server is busy; asking again in ${seconds} s`),
  };
  const ask: Sender = (request) => sendPatiently(request, patience);
  return { url, token, output, sessionFile, stateDir: environment.stateDir, ask, api: createApi(url, ask) };
}
