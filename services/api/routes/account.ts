import { z } from 'zod';
import {
  forgottenPassword,
  passwordChange,
  passwordReset,
  profile,
  verification,
} from '../../../lib/accounts.ts';
import { parse } from '../../../lib/errors.ts';
import { open, personal, type Endpoint, type PersonalRequest } from '../endpoint.ts';

/** Who asks, in which session and from where. */
const askerOf = ({ caller: { personId, sessionId }, origin }: PersonalRequest) => ({
  personId,
  sessionId,
  origin,
});

const verify = open({
  method: 'POST',
  path: '/verify',
  body: verification,
  handle: async ({ call, body, origin }) => {
    await call('auth.verifyEmail', { ...body, origin });
    return { status: 204 };
  },
});

const resendVerification = personal({
  access: 'session',
  method: 'POST',
  path: '/me/verification',
  handle: async (request) => {
    await request.call('auth.resendVerification', askerOf(request));
    return { status: 202 };
  },
});

const forgot = open({
  method: 'POST',
  path: '/password/forgot',
  body: forgottenPassword,
  handle: async ({ call, body, origin }) => {
    await call('auth.forgotPassword', { ...body, origin });
    return { status: 202 };
  },
});

const reset = open({
  method: 'POST',
  path: '/password/reset',
  body: passwordReset,
  handle: async ({ call, body, origin }) => {
    await call('auth.resetPassword', { ...body, origin });
    return { status: 204 };
  },
});

const changeProfile = personal({
  access: 'session',
  method: 'PATCH',
  path: '/me',
  body: profile,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.changeProfile', { ...askerOf(request), profile: request.body }),
  }),
});

const changePassword = personal({
  access: 'session',
  method: 'POST',
  path: '/me/password',
  body: passwordChange,
  handle: async (request) => {
    await request.call('auth.changePassword', { ...askerOf(request), ...request.body });
    return { status: 204 };
  },
});

const sessions = personal({
  access: 'session',
  method: 'GET',
  path: '/me/sessions',
  handle: async (request) => ({ status: 200, body: await request.call('auth.sessions', askerOf(request)) }),
});

const endOtherSessions = personal({
  access: 'session',
  method: 'DELETE',
  path: '/me/sessions',
  handle: async (request) => {
    await request.call('auth.endOtherSessions', askerOf(request));
    return { status: 204 };
  },
});

const endSession = personal({
  access: 'session',
  method: 'DELETE',
  path: '/me/sessions/:id',
  handle: async (request) => {
    const id = parse(z.uuid(), request.params.id, 'not_found');
    await request.call('auth.endSession', { ...askerOf(request), id });
    return { status: 204 };
  },
});

const securityEvents = personal({
  access: 'session',
  method: 'GET',
  path: '/me/security-events',
  query: z.strictObject({
    cursor: z.string().max(200).optional(),
    limit: z.coerce.number().int().min(1).max(100).optional(),
  }),
  handle: async ({ call, caller: { personId }, query }) => ({
    status: 200,
    body: await call('auth.securityEvents', { personId, ...query }),
  }),
});

export const accountEndpoints: Endpoint[] = [
  verify,
  resendVerification,
  forgot,
  reset,
  changeProfile,
  changePassword,
  sessions,
  endOtherSessions,
  endSession,
  securityEvents,
];
