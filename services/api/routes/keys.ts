import { z } from 'zod';
import { digestOfKeySecret, newKeySecret, writeApiKey } from '../../../lib/api-key.ts';
import { apiKeySchema, newKey, type ApiKeyJson } from '../../../lib/security.ts';
import { asker } from '../asker.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';

const PATH = '/me/keys';

const list = personal({
  doc: {
    id: 'listKeys',
    tag: 'Accounts',
    summary: 'See your API keys',
    replies: { 200: z.object({ items: z.array(apiKeySchema) }) },
  },
  access: 'session',
  method: 'GET',
  path: PATH,
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('auth.listKeys', { personId }),
  }),
});

const create = personal({
  doc: {
    id: 'createKey',
    tag: 'Accounts',
    summary: 'Make an API key',
    description: 'The key is told once, in this answer.',
    replies: { 201: apiKeySchema.extend({ key: z.string() }).meta({ id: 'NewApiKey' }) },
    problems: ['invalid_state'],
  },
  access: 'session',
  method: 'POST',
  path: PATH,
  body: newKey,
  handle: async (request) => {
    const secret = newKeySecret();
    const wish = { ...asker(request), ...request.body, secretSha256: digestOfKeySecret(secret) };
    const made = await request.call<ApiKeyJson>('auth.createKey', wish);
    return { status: 201, body: { ...made, key: writeApiKey(made.id, secret) } };
  },
});

const remove = personal({
  doc: {
    id: 'deleteKey',
    tag: 'Accounts',
    summary: 'Revoke an API key',
    replies: { 204: null },
    problems: ['not_found'],
  },
  access: 'session',
  method: 'DELETE',
  path: `${PATH}/:id`,
  handle: async (request) => {
    await request.call('auth.deleteKey', { ...asker(request), id: own(request).id });
    return { status: 204 };
  },
});

/** The routes of API keys. */
export const keyEndpoints: Endpoint[] = [list, create, remove];
