import { credentials, refreshTokenHolder, registration } from '../../../lib/accounts.ts';
import type { Person } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { open, personal, type Endpoint } from '../endpoint.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';

const register = open({
  method: 'POST',
  path: '/register',
  body: registration,
  handle: async ({ call, body, origin }) => ({
    status: 201,
    body: await call('auth.register', { ...body, origin }),
  }),
});

const login = open({
  method: 'POST',
  path: '/login',
  body: credentials,
  handle: async ({ call, body, origin }) => ({
    status: 200,
    body: await call('auth.login', { ...body, origin }),
  }),
});

const refresh = open({
  method: 'POST',
  path: '/refresh',
  body: refreshTokenHolder,
  handle: async ({ req, call, body, origin }) => ({
    status: 200,
    body: await call('auth.refresh', { ...body, origin, idempotencyKey: readIdempotencyKey(req) }),
  }),
});

const logout = open({
  method: 'POST',
  path: '/logout',
  body: refreshTokenHolder,
  handle: async ({ call, body, origin }) => {
    await call('auth.logout', { ...body, origin });
    return { status: 204 };
  },
});

const me = personal({
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
