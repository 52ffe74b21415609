import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Change } from '../../../lib/change-log.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { listen, type Listener } from '../../../test/support/events.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { createHub, type EventTimes, type Hub } from './hub.ts';
import type { EventSource } from './source.ts';

/** A service whose things have a version, and that can be away. */
function fakeSource(name: string) {
  const log: Change[] = [];
  const versions = new Map<string, number>();
  const state = { away: false, size: 1, loads: 0, moved: [] as Change[], reset: false };
  const since = (after: string) => log.slice(Number(after));
  const answer = <T>(value: T) => (state.away ? Promise.reject(new Error('away')) : Promise.resolve(value));
  const source: EventSource = {
    name,
    changes: (after) => {
      const { reset } = state;
      if (!state.away) state.reset = false;
      return answer({ cursor: String(log.length), reset, changes: after === null ? [] : since(after) });
    },
    missed: (people) =>
      answer(
        people.map(({ personId, after }) => ({
          personId,
          reset: !/^\d+$/.test(after),
          subjectIds: since(after)
            .filter((change) => change.personId === personId)
            .map(({ subjectId }) => subjectId),
        })),
      ),
    moved: () => answer(state.moved.splice(0)),
    load: (wanted) => {
      state.loads += 1;
      return answer(
        wanted.map(({ subjectId: id }) => ({
          name,
          json: JSON.stringify({ id, version: versions.get(id), filling: 'x'.repeat(state.size) }),
        })),
      );
    },
  };
  const change = (personId: string, subjectId: string) => {
    versions.set(subjectId, (versions.get(subjectId) ?? 0) + 1);
    log.push({ personId, subjectId });
  };
  return { source, state, change };
}

const times: Partial<EventTimes> = { followMs: 10, heartbeatMs: 60_000, checkMs: 60_000, movedMs: 10 };
let video: ReturnType<typeof fakeSource>;
let notice: ReturnType<typeof fakeSource>;
let hub: Hub;
let server: Server;
let url: string;
let mayListen: boolean;
/** How many places are held, and how many there are besides. */
let places: { held: number; free: number };
let listeners: Listener[];

function hold(): Promise<() => void> {
  const mine = places;
  if (mine.free === 0) return Promise.reject(new ProblemError('too_many_requests'));
  mine.free -= 1;
  mine.held += 1;
  return Promise.resolve(() => (mine.held -= 1));
}

/** The person's name is the token. */
async function start(more: Partial<EventTimes> = {}): Promise<void> {
  hub = createHub({
    sources: [video.source, notice.source],
    maxStreams: 2,
    maxAll: 5,
    logger: silentLogger,
    times: { ...times, ...more },
  });
  server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const personId = /^Bearer (.*)/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const lastEventId = String(req.headers['last-event-id'] ?? '');
  const check = () => (mayListen ? Promise.resolve() : Promise.reject(new ProblemError('unauthorized')));
  try {
    await hub.open({ personId, res, lastEventId, check, hold });
  } catch (error) {
    res.writeHead(problemCode(error) === 'too_many_requests' ? 429 : 503).end();
  }
}

beforeEach(() => {
  places = { held: 0, free: 100 };
  [video, notice, mayListen, listeners] = [fakeSource('video'), fakeSource('notice'), true, []];
});
afterEach(() => {
  for (const listener of listeners) listener.cut();
  hub.close();
  server.closeAllConnections();
  server.close();
});

async function follow(person: string, lastEventId?: string): Promise<Listener> {
  const listener = await listen(url, person, lastEventId);
  listeners.push(listener);
  return listener;
}
const names = ({ events }: Listener) => events.map(({ name }) => name);
const arrival = (listener: Listener, id: string, version = 1) =>
  listener.next(`${id} ${version}`, ({ json }) => json.id === id && json.version === version);

test('a new stream begins with one reset, then has what changes; other people hear nothing of it', async () => {
  await start();
  const [ann, ben] = [await follow('ann'), await follow('ben')];
  await eventually(() => names(ann).length > 0 && names(ben).length > 0, 'the resets');
  video.change('ann', 'a');
  notice.change('ann', 'n');
  await Promise.all([arrival(ann, 'a'), arrival(ann, 'n')]);
  expect(names(ann).toSorted()).toEqual(['notice', 'reset', 'video']);
  expect(names(ben)).toEqual(['reset']);
});

test('an id is only told with what completes it: whoever is cut in between gets the rest', async () => {
  await start();
  const first = await follow('ann');
  await eventually(() => first.events.length > 0, 'the reset');
  const { lastEventId } = first;
  first.cut();
  for (const id of ['a', 'b', 'c']) video.change('ann', id);
  const second = await follow('ann', lastEventId);
  await arrival(second, 'c');
  expect(second.events.map(({ json }) => json.id)).toEqual(['a', 'b', 'c']);
  expect([lastEventId, second.lastEventId]).toEqual(['0~0', '3~0']);
});

test('while a service is away the stream stays, the other one’s events go on, and nothing is lost', async () => {
  notice.state.away = true;
  await start();
  const ann = await follow('ann');
  await ann.next('a reset', ({ name }) => name === 'reset');
  video.change('ann', 'a');
  await arrival(ann, 'a');
  expect(ann.lastEventId).toBe('1~');
  video.state.away = true;
  video.change('ann', 'b');
  notice.state.away = false;
  await eventually(() => names(ann).filter((name) => name === 'reset').length === 2, 'the late one’s reset');
  notice.change('ann', 'n');
  await arrival(ann, 'n');
  expect(names(ann).filter((name) => name === 'video')).toHaveLength(1);
  video.state.away = false;
  await arrival(ann, 'b');
  expect(ann.lastEventId).toBe('2~1');
});

test('a source that can’t be followed on makes everybody load again', async () => {
  await start();
  const ann = await follow('ann', '0~0');
  video.change('ann', 'a');
  await arrival(ann, 'a');
  video.state.reset = true;
  await ann.next('the reset', ({ name }) => name === 'reset');
});

test('what is no id of ours stands in nobody’s way', async () => {
  await start();
  const strange = await follow('ann', `${'9'.repeat(5000)}~a b`);
  const ben = await follow('ben', '0~0');
  await strange.next('the reset', ({ name }) => name === 'reset');
  video.change('ben', 'b');
  await arrival(ben, 'b');
});

test('what changes without being written down is told, too', async () => {
  await start();
  const ann = await follow('ann', '0~0');
  video.change('ann', 'a');
  await arrival(ann, 'a');
  video.state.moved.push({ personId: 'ann', subjectId: 'a' });
  await eventually(() => names(ann).length === 2, 'the moved one');
});

/** A client that asks, and reads nothing. */
async function stall(person: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${person}\r\nLast-Event-ID: 0~0\r\n\r\n`);
  await eventually(() => hub.size() === 1, 'the stream to be open');
  return socket;
}

test('a client that is slow costs no memory, and gets how things are in the end', async () => {
  await start();
  video.state.size = 256 * 1024;
  const socket = await stall('ann');
  const count = 300;
  let version = 0;
  // Far more than the buffers between hold: it goes on until nothing is loaded for this client any more.
  for (let still = 0; still < 20;) {
    const { loads } = video.state;
    version += 1;
    for (let n = 0; n < count; n += 1) video.change('ann', `v${n % 3}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
    still = loads === video.state.loads ? still + 1 : 0;
  }
  let text = '';
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    text = (text + chunk.toString('latin1')).slice(-1024 * 1024);
  });
  socket.resume();
  await eventually(() => text.includes(`"v0","version":${(version * count) / 3}`), 'the latest state');
  // All of it would be 300 times 256 KiB in each round.
  expect(bytes).toBeLessThan(version * count * video.state.size * 0.5);
  socket.destroy();
});

test('silence is broken by heartbeats, which keep the id fresh', async () => {
  await start({ heartbeatMs: 20 });
  const ann = await follow('ann', '0~0');
  video.change('ben', 'b');
  await eventually(() => ann.comments >= 3 && ann.lastEventId === '1~0', 'heartbeats');
  expect(ann.events).toEqual([]);
});

test('a stream ends when its caller may not listen any longer', async () => {
  await start({ checkMs: 20 });
  const ann = await follow('ann');
  mayListen = false;
  await eventually(() => ann.ended, 'the end');
  expect(ann.retryMs).toBeLessThanOrEqual(2000);
});

test('nobody has too many streams; one that is closed makes room', async () => {
  await start();
  const [first] = [await follow('ann'), await follow('ann')];
  await expect(follow('ann')).rejects.toThrow('429');
  await follow('ben');
  first.cut();
  await eventually(() => hub.size() === 2, 'the room');
  await follow('ann');
});

test('each stream holds a place among those of all gateways, until it ends; without one there is none', async () => {
  await start();
  places.free = 2;
  const [first] = [await follow('ann'), await follow('ben')];
  expect(places.held).toBe(2);
  await expect(follow('eve')).rejects.toThrow('429');
  first.cut();
  await eventually(() => places.held === 1, 'the place to be left');
  hub.close();
  await eventually(() => places.held === 0, 'all places to be left');
});

test('all people together have so many streams here, whoever’s they are', async () => {
  await start();
  for (const person of ['a', 'b', 'c', 'd', 'e']) await follow(person);
  await expect(follow('f')).rejects.toThrow('503');
});

test('closing ends all streams in order, and takes no more', async () => {
  await start();
  const all = [await follow('ann'), await follow('ben')];
  hub.close();
  await eventually(() => all.every(({ ended }) => ended), 'the ends');
  await expect(follow('ann')).rejects.toThrow('503');
});
