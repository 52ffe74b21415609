import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { json } from '../support/person.ts';
import { beginUpload } from '../support/resumable.ts';
import { assert } from './assert.ts';
import { campaign } from './campaign.ts';
import { judge, startVictim, type Victim } from './gateway.ts';
import { malformed } from './raw-malformed.ts';
import { soundRequests, type Known } from './raw-sound.ts';

const LANES = 24;
/** A server that has answered nothing by then waits for more of the request. */
const FIRST_MS = 2000;
/** One that has answered something, and then nothing for so long, is done. */
const QUIET_MS = 150;
/** After the client has ended its side, the server ends the connection well within this. */
const DEADLINE_MS = 20_000;
/** Of the inputs that must come past Node's parser: what that refuses says nothing of our code. */
const MIN_SHARE = 0.8;

/** Send bytes; when it is quiet, end our side. @returns everything that came until the connection was closed */
function exchange(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    let quiet = setTimeout(finish, FIRST_MS);
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The connection is still open; so far: ${answer.slice(0, 500)}`));
    }, DEADLINE_MS);
    function finish() {
      socket.end();
    }
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      clearTimeout(quiet);
      quiet = setTimeout(finish, QUIET_MS);
    });
    // A server that refuses what it has not read may reset the connection.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(quiet);
      clearTimeout(deadline);
      resolve(answer);
    });
    socket.write(bytes);
  });
}

interface Answer {
  outcome: string;
  /** Whether it is of our code: Node's own parser refuses without the headers that we give every answer. */
  isOurs: boolean;
}

/** Every status line, and the code of a problem where the answer is one. */
function answersIn(text: string): Answer[] {
  const answers = text.split(/(?=HTTP\/1\.1 \d{3} [A-Z])/).filter((it) => it.startsWith('HTTP/1.1 '));
  return answers.map((it) => {
    const isProblem = it.includes('Content-Type: application/problem+json');
    const code = isProblem ? /"code":"(\w+)"/.exec(it)?.[1] : undefined;
    return {
      outcome: judge(Number(it.slice(9, 12)), code),
      isOurs: it.includes('Content-Security-Policy: '),
    };
  });
}

/** An API key and an unfinished upload outlive the campaign; a token does not. */
async function known({ system, person, videoId }: Victim): Promise<Known> {
  const { paths } = (await (await fetch(`${system.url}/openapi.json`)).json()) as Pick<Known, 'paths'>;
  const made = await person.fetch('/me/keys', json({ name: 'fuzz', scope: 'write' }));
  assert(made.status === 201, `No key but ${made.status}`);
  const { key } = (await made.json()) as { key: string };
  const uploadId = (await beginUpload(person, 1_000_000, { filename: 'a.mp4' })).slice('/uploads/'.length);
  return { paths, token: key, ids: [videoId, uploadId] };
}

/** Requests on a socket of our own: nobody puts right what is wrong with them. */
export const rawHttp = campaign('raw-http', async () => {
  const victim = await startVictim();
  const { system, watched, stop } = victim;
  const { hostname, port } = new URL(system.url);
  const sound = fc
    .array(soundRequests(await known(victim)), { minLength: 1, maxLength: 3 })
    .map((requests) => Buffer.concat(requests));
  let [all, ours] = [0, 0];
  return {
    inputs: fc.oneof({ weight: 9, arbitrary: sound }, { weight: 2, arbitrary: malformed }),
    lanes: LANES,
    attack: async (bytes) => {
      const socket = connect(Number(port), hostname);
      const answers = answersIn(await exchange(socket, bytes));
      all += 1;
      if (answers.some(({ isOurs }) => isOurs)) ours += 1;
      return answers.map(({ outcome }) => outcome).join(' + ') || 'closed without an answer';
    },
    watched,
    settle: async () => {
      const reached = `${ours} of ${all} inputs got an answer of our code`;
      assert(ours >= all * MIN_SHARE, reached);
      return [reached, ...(await victim.settle())];
    },
    stop,
  };
});
