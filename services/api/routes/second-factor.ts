import { enrolmentSchema, recoveryCodesSchema } from '../../../lib/replies.ts';
import { codeOnly, passwordAndCode, passwordOnly } from '../../../lib/security.ts';
import { asker } from '../asker.ts';
import { personal, type Endpoint } from '../endpoint.ts';

const PATH = '/me/second-factor';

const begin = personal({
  doc: {
    id: 'beginSecondFactor',
    tag: 'Accounts',
    summary: 'Begin to set a second factor up',
    replies: { 200: enrolmentSchema },
    problems: ['invalid_credentials', 'invalid_state', 'too_many_requests'],
  },
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
  doc: {
    id: 'confirmSecondFactor',
    tag: 'Accounts',
    summary: 'Turn the second factor on, by a code of it',
    replies: { 200: recoveryCodesSchema },
    problems: ['invalid_code', 'invalid_state', 'too_many_requests'],
  },
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
  doc: {
    id: 'disableSecondFactor',
    tag: 'Accounts',
    summary: 'Do without the second factor again',
    replies: { 204: null },
    problems: ['invalid_credentials', 'invalid_code', 'invalid_state', 'too_many_requests'],
  },
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
  doc: {
    id: 'replaceRecoveryCodes',
    tag: 'Accounts',
    summary: 'Make new recovery codes',
    replies: { 200: recoveryCodesSchema },
    problems: ['invalid_credentials', 'invalid_code', 'invalid_state', 'too_many_requests'],
  },
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
