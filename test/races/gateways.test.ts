import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';
import { problems } from '../../lib/errors.ts';
import { codeOf } from '../../services/api/problem.ts';
import type { PersonalRequest } from '../../services/api/endpoint.ts';
import { createTus } from '../../services/api/transfer/tus/index.ts';
import { findUpload } from '../../services/video/open-uploads.ts';
import { purgePerson, refusePerson } from '../../services/video/removal.ts';
import { holdUpload, letUpload } from '../../services/video/upload-leases.ts';
import * as uploads from '../../services/video/uploads.ts';
import { footage } from '../support/footage.ts';
import { openStoredVideos } from '../support/stored-videos.ts';
import { rules } from '../support/videos.ts';

/** Two gateways and one resumable upload: a request at the first is held at each of its calls, while another comes. */

const videos = await openStoredVideos();
const { db, store } = videos;
const clip = await readFile(footage('birds.mp4'));
const DAY_MS = 24 * 3_600_000;

type Answers = Record<string, (params: never) => Promise<unknown>>;
const answers: Answers = {
  'video.reserve': (wish) => uploads.reserveUpload(db, wish, rules, new Date()),
  'video.findUpload': (own) => findUpload(db, own, new Date()),
  'video.holdUpload': (lease) => holdUpload(db, lease, rules.quotas, new Date()),
  'video.letUpload': (lease) => letUpload(db, lease),
  'video.abandon': ({ videoId }: { videoId: string }) => uploads.abandonUpload(db, videoId, new Date()),
  'video.create': (upload) => uploads.createVideo(db, upload, rules, new Date()),
};

/** @param around sees each call of `video`, and may hold it */
async function openGateway(around: (call: () => Promise<unknown>) => Promise<unknown>) {
  const tus = createTus({ store, limits: { maxBytes: 1e7, idleSeconds: 60 } });
  const server = createServer((req, res) => {
    const [, , id = ''] = (req.url ?? '').split('/');
    const caller = {
      personId: String(req.headers['x-person']),
      role: 'user',
      sessionId: null,
      scope: 'write',
    };
    const call = (action: string, params: object) => around(async () => answers[action]?.(params as never));
    const request = {
      req,
      res,
      params: { id },
      query: {},
      origin: {},
      caller,
      call,
    } as unknown as PersonalRequest;
    const { method } = req;
    void (method === 'POST' ? tus.create(request) : tus.resume(request, method as 'PATCH' | 'DELETE'))
      .then((reply) => (reply === 'sent' ? undefined : res.writeHead(reply.status, reply.headers).end()))
      .catch((error: unknown) => res.writeHead(problems[codeOf(error)].status).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** At which call the first request is held, and until when. */
const held = {
  at: Infinity,
  calls: 0,
  until: Promise.resolve<unknown>(undefined),
  begin: () => undefined as unknown,
};
let tellWaiting: () => unknown = () => undefined;
const first = await openGateway(async (call) => {
  held.calls += 1;
  if (held.calls === held.at) {
    held.begin();
    await held.until;
  }
  return call();
});
const second = await openGateway(async (call) => {
  const answer = await call();
  if ((answer as { held?: boolean } | null | undefined)?.held === false) tellWaiting();
  return answer;
});
afterAll(async () => {
  for (const { server } of [first, second]) {
    server.close();
    server.closeAllConnections();
  }
  await videos.close();
});

const tusOf = (personId: string) => ({ 'tus-resumable': '1.0.0', 'x-person': personId, connection: 'close' });
const requests = {
  add: (gateway: string, path: string, personId: string) =>
    fetch(gateway + path, {
      method: 'PATCH',
      headers: {
        ...tusOf(personId),
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      },
      body: clip,
    }).then(({ status }) => status),
  giveUp: (gateway: string, path: string, personId: string) =>
    fetch(gateway + path, { method: 'DELETE', headers: tusOf(personId) }).then(({ status }) => status),
  leave: async (_gateway: string, _path: string, personId: string) => {
    await refusePerson(db, personId, new Date());
    await purgePerson(db, personId, new Date());
    return 204;
  },
};
type Request = keyof typeof requests;

async function beginUpload(personId: string): Promise<string> {
  const headers = { ...tusOf(personId), 'upload-length': String(clip.length) };
  const response = await fetch(`${second.url}/uploads`, { method: 'POST', headers });
  return response.headers.get('location') ?? '';
}

/** @returns how both were answered, and whether the first one was held at this call */
async function meet(one: Request, two: Request, at: number) {
  const personId = randomUUID();
  const path = await beginUpload(personId);
  const waiting = new Promise<void>((resolve) => (tellWaiting = resolve));
  let other: Promise<number> | undefined;
  const isHeld = new Promise<void>((resolve) => (held.begin = () => resolve()));
  const begun = isHeld.then(() => (other = requests[two](second.url, path, personId)));
  // The other one comes to its end, or to the lock.
  held.until = isHeld.then(() => Promise.race([begun, waiting]));
  Object.assign(held, { at, calls: 0 });
  const mine = await requests[one](first.url, path, personId);
  const wasHeld = held.calls >= at;
  held.at = Infinity;
  const its = await (other ?? requests[two](second.url, path, personId));
  return { personId, path, mine, its, wasHeld };
}

/** Nothing is stored but the source of a video, whole. */
async function checkObjects(personId: string): Promise<number> {
  const made = await db.models.video.findAll({ where: { personId } });
  for (const { objectKey, sha256 } of made) {
    const bytes = await buffer(await store.get(objectKey));
    const digest = createHash('sha256').update(clip).digest('hex');
    expect([createHash('sha256').update(bytes).digest('hex'), sha256]).toEqual([digest, digest]);
  }
  expect(await db.models.upload.count({ where: { personId } })).toBe(0);
  await videos.sweep(new Date(Date.now() + 3 * DAY_MS));
  const keys = made.map(({ objectKey }) => objectKey);
  const objects = await videos.objects();
  expect(objects.filter((key) => !keys.some((own) => key.startsWith(own)))).toEqual([]);
  return made.length;
}

test.each<[Request, Request]>([
  ['add', 'add'],
  ['add', 'giveUp'],
  ['giveUp', 'add'],
  ['add', 'leave'],
])('%s at one gateway, %s at another: what was said is so', async (one, two) => {
  for (let at = 1, wasHeld = true; wasHeld; at += 1) {
    await videos.clear();
    const met = await meet(one, two, at);
    wasHeld = met.wasHeld;
    const added = [one === 'add' ? met.mine : 0, two === 'add' ? met.its : 0].filter(
      (status) => status === 204,
    );
    const ended = one === 'giveUp' ? met.mine : met.its;
    if (two === 'leave') await requests.leave('', met.path, met.personId);
    const made = await checkObjects(met.personId);
    if (two === 'leave') expect(made).toBe(0);
    else expect([at, met.mine, met.its, made]).toEqual([at, met.mine, met.its, added.length > 0 ? 1 : 0]);
    if (one === 'giveUp' || two === 'giveUp') expect([made, ended === 204]).toEqual([made, made === 0]);
    expect(Math.max(met.mine, met.its)).toBeLessThan(500);
    expect(at).toBeLessThan(30);
  }
});
