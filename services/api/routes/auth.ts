import { tokenPairSchema } from '../../../lib/replies.ts';
import { credentials, refreshTokenHolder, registration } from '../../../lib/accounts.ts';
import { personSchema, type Person } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { open, personal, type Endpoint } from '../endpoint.ts';
import { idempotency, readIdempotencyKey } from '../idempotency-key.ts';

const register = open({
  doc: {
    id: 'register',
    tag: 'Accounts',
    summary: 'Make an account',
    description: 'A letter with a link confirms the address; the account can be used at once.',
    replies: { 201: personSchema },
    problems: ['email_taken', 'too_many_requests'],
  },
  method: 'POST',
  path: '/register',
  body: registration,
  handle: async ({ call, body, origin }) => ({
    status: 201,
    body: await call('auth.register', { ...body, origin }),
  }),
});

const login = open({
  doc: {
    id: 'logIn',
    tag: 'Accounts',
    summary: 'Log in',
    description:
      'Where the account has a second factor, the first answer is `second_factor_required`; send the code along then.',
    replies: { 200: tokenPairSchema },
    problems: ['invalid_credentials', 'second_factor_required', 'invalid_code', 'too_many_requests'],
  },
  method: 'POST',
  path: '/login',
  body: credentials,
  handle: async ({ call, body, origin }) => ({
    status: 200,
    body: await call('auth.login', { ...body, origin }),
  }),
});

const refresh = open({
  doc: {
    id: 'refresh',
    tag: 'Accounts',
    summary: 'Exchange a refresh token for the next pair',
    description:
      'A refresh token works once; used again it ends its session. A client whose answer was lost repeats the request with the same Idempotency-Key.',
    replies: { 200: tokenPairSchema },
    problems: ['invalid_token'],
    headers: idempotency,
  },
  method: 'POST',
  path: '/refresh',
  body: refreshTokenHolder,
  handle: async ({ req, call, body, origin }) => ({
    status: 200,
    body: await call('auth.refresh', { ...body, origin, idempotencyKey: readIdempotencyKey(req) }),
  }),
});

const logout = open({
  doc: {
    id: 'logOut',
    tag: 'Accounts',
    summary: 'End a session',
    replies: { 204: null },
  },
  method: 'POST',
  path: '/logout',
  body: refreshTokenHolder,
  handle: async ({ call, body, origin }) => {
    await call('auth.logout', { ...body, origin });
    return { status: 204 };
  },
});

const me = personal({
  doc: { id: 'getMe', tag: 'Accounts', summary: 'See your account', replies: { 200: personSchema } },
  method: 'GET',
  path: '/me',
  handle: async ({ call, caller }) => {
    const person = await call<Person>('auth.person', { personId: caller.personId }).catch(
      (error: unknown) => {
        throw problemCode(error) === 'not_found' ? new ProblemError('unauthorized') : error;
      },
    );
    return { status: 200, body: person };
  },
});

export const authEndpoints: Endpoint[] = [register, login, refresh, logout, me];
