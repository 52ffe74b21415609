import { codeOnly, passwordAndCode, passwordOnly } from '../../../lib/security.ts';
import { asker } from '../asker.ts';
import { personal, type Endpoint } from '../endpoint.ts';

const PATH = '/me/second-factor';

const begin = personal({
  access: 'session',
  method: 'POST',
  path: PATH,
  body: passwordOnly,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.beginSecondFactor', { ...asker(request), ...request.body }),
  }),
});

const confirm = personal({
  access: 'session',
  method: 'POST',
  path: `${PATH}/confirm`,
  body: codeOnly,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.confirmSecondFactor', { ...asker(request), ...request.body }),
  }),
});

const disable = personal({
  access: 'session',
  method: 'POST',
  path: `${PATH}/disable`,
  body: passwordAndCode,
  handle: async (request) => {
    await request.call('auth.disableSecondFactor', { ...asker(request), ...request.body });
    return { status: 204 };
  },
});

const replaceCodes = personal({
  access: 'session',
  method: 'POST',
  path: `${PATH}/recovery-codes`,
  body: passwordAndCode,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.replaceRecoveryCodes', { ...asker(request), ...request.body }),
  }),
});

/** The routes of the second factor of logins. */
export const secondFactorEndpoints: Endpoint[] = [begin, confirm, disable, replaceCodes];
