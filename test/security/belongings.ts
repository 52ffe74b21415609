import { randomBytes } from 'node:crypto';
import { footage } from '../support/footage.ts';
import { json, type ApiPerson } from '../support/person.ts';
import { beginUpload } from '../support/resumable.ts';
import type { System } from '../support/system.ts';
import type { Names } from './operations.ts';

/** What no answer to anybody else may hold. */
export const CANARY = `canary-${randomBytes(8).toString('hex')}`;

/** Let webhooks go to this machine. */
export const webhooksHere = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };

/** Give a person one of each kind of thing that people have; resolves to what stands for them in paths. */
export async function giveBelongings(system: System, ann: ApiPerson): Promise<Names> {
  const { id } = await ann.upload(footage('birds.mp4'), { filename: `${CANARY}.mp4` });
  await ann.waitFor(id, 'completed');
  const link = await made(ann, `/video/${id}/links`, {});
  const direct = await made(ann, '/video/direct', { filename: `${CANARY}.mp4`, size: 1000 });
  const upload = (await beginUpload(ann, 1000, { filename: `${CANARY}.mp4` })).split('/').at(-1) ?? '';
  const hook = { url: `http://127.0.0.1:9/${CANARY}`, kinds: ['video.processed'] };
  const webhook = await made(ann, '/me/webhooks', hook);
  const { deliveryId } = (await made(ann, `/me/webhooks/${webhook.id}/test`)) as { deliveryId?: string };
  const key = await made(ann, '/me/keys', { name: CANARY, scope: 'read' });
  const [session] = await system.query<{ id: string }>(
    'auth',
    'SELECT id FROM sessions WHERE person_id = $1',
    [ann.id],
  );
  if (!session || !deliveryId) throw new Error('Something was not made');
  return {
    '/video/': { id, linkId: link.id, index: '1' },
    '/video/direct/': { id: direct.id },
    '/uploads/': { id: upload },
    '/me/webhooks/': { id: webhook.id, deliveryId },
    '/me/keys/': { id: key.id },
    '/me/sessions/': { id: session.id },
    '/admin/people/': { id: ann.id },
    '/admin/jobs/': { id },
    '/admin/nodes/': { id: 'node' },
    '/admin/dead-letters/': { topic: 'video.failed', id },
  };
}

async function made(ann: ApiPerson, path: string, body?: object): Promise<{ id: string }> {
  const answer = await ann.fetch(path, body ? json(body) : { method: 'POST' });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** All that a person can see of what they have, as it is now; for comparing. */
export async function inventory(ann: ApiPerson, names: Names): Promise<object> {
  const video = names['/video/']?.id ?? '';
  const paths = [
    ...[
      '/me',
      `/video/${video}`,
      '/video',
      `/video/${video}/links`,
      '/me/webhooks',
      '/me/keys',
      '/me/sessions',
    ],
    ...[
      '/me/notifications/preferences',
      '/me/notifications/email',
      `/video/direct/${names['/video/direct/']?.id}`,
    ],
  ];
  const entries = paths.map(async (path) => [path, without(await (await ann.fetch(path)).json())] as const);
  const upload = await ann.fetch(`/uploads/${names['/uploads/']?.id}`, {
    method: 'HEAD',
    headers: { 'tus-resumable': '1.0.0' },
  });
  return {
    ...Object.fromEntries(await Promise.all(entries)),
    upload: [upload.status, upload.headers.get('upload-offset')],
  };
}

/** What changes by itself: times of use, and URLs that are signed anew. */
const without = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, inner: unknown) =>
      /^(lastUsedAt|lastSeenAt|url|health)$/.test(name) ? undefined : inner,
    ),
  );
