import { z } from 'zod';
import type { Person } from '../../../lib/contracts.ts';
import { localeSchema } from '../../../lib/contracts.ts';
import { problemCode, ProblemError } from '../../../lib/errors.ts';
import { open, personal, type Endpoint } from '../endpoint.ts';

const email = z.string().trim().max(254).pipe(z.email());

const register = open({
  method: 'POST',
  path: '/register',
  body: z.strictObject({
    email,
    password: z.string().min(10).max(200),
    name: z.string().trim().min(1).max(100).optional(),
    locale: localeSchema.optional(),
  }),
  handle: async ({ call, body }) => ({ status: 201, body: await call('auth.register', body) }),
});

const login = open({
  method: 'POST',
  path: '/login',
  body: z.strictObject({ email: z.string().max(254), password: z.string().max(200) }),
  handle: async ({ call, body, req }) => {
    const address = req.socket.remoteAddress ?? 'unknown';
    return { status: 200, body: await call('auth.login', { ...body, address }) };
  },
});

const refreshToken = z.strictObject({ refreshToken: z.string().min(1).max(200) });

const refresh = open({
  method: 'POST',
  path: '/refresh',
  body: refreshToken,
  handle: async ({ call, body }) => ({ status: 200, body: await call('auth.refresh', body) }),
});

const logout = open({
  method: 'POST',
  path: '/logout',
  body: refreshToken,
  handle: async ({ call, body }) => {
    await call('auth.logout', body);
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
