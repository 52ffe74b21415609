import { digestOfKeySecret, newKeySecret, writeApiKey } from '../../../lib/api-key.ts';
import { newKey, type ApiKeyJson } from '../../../lib/security.ts';
import { asker } from '../asker.ts';
import { own, personal, type Endpoint } from '../endpoint.ts';

const PATH = '/me/keys';

const list = personal({
  access: 'session',
  method: 'GET',
  path: PATH,
  handle: async ({ call, caller: { personId } }) => ({
    status: 200,
    body: await call('auth.listKeys', { personId }),
  }),
});

const create = personal({
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
