import { personSchema } from '../../../lib/contracts.ts';
import { pageOf, securityEventSchema, sessionSchema } from '../../../lib/replies.ts';
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
  doc: {
    id: 'verifyEmail',
    tag: 'Accounts',
    summary: 'Confirm an address with the token of its letter',
    replies: { 204: null },
    problems: ['not_found', 'expired'],
  },
  method: 'POST',
  path: '/verify',
  body: verification,
  handle: async ({ call, body, origin }) => {
    await call('auth.verifyEmail', { ...body, origin });
    return { status: 204 };
  },
});

const resendVerification = personal({
  doc: {
    id: 'resendVerification',
    tag: 'Accounts',
    summary: 'Have the letter sent once more',
    replies: { 202: null },
    problems: ['invalid_state', 'too_many_requests'],
  },
  access: 'session',
  method: 'POST',
  path: '/me/verification',
  handle: async (request) => {
    await request.call('auth.resendVerification', askerOf(request));
    return { status: 202 };
  },
});

const forgot = open({
  doc: {
    id: 'forgotPassword',
    tag: 'Accounts',
    summary: 'Have a letter sent that allows a new password',
    description: 'The answer is the same whether or not there is such an account.',
    replies: { 202: null },
    problems: ['too_many_requests'],
  },
  method: 'POST',
  path: '/password/forgot',
  body: forgottenPassword,
  handle: async ({ call, body, origin }) => {
    await call('auth.forgotPassword', { ...body, origin });
    return { status: 202 };
  },
});

const reset = open({
  doc: {
    id: 'resetPassword',
    tag: 'Accounts',
    summary: 'Set a new password with the token of a letter',
    description: 'Ends all sessions.',
    replies: { 204: null },
    problems: ['not_found', 'expired'],
  },
  method: 'POST',
  path: '/password/reset',
  body: passwordReset,
  handle: async ({ call, body, origin }) => {
    await call('auth.resetPassword', { ...body, origin });
    return { status: 204 };
  },
});

const changeProfile = personal({
  doc: {
    id: 'changeProfile',
    tag: 'Accounts',
    summary: 'Change your name and language',
    replies: { 200: personSchema },
  },
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
  doc: {
    id: 'changePassword',
    tag: 'Accounts',
    summary: 'Change your password',
    description: 'Ends all other sessions.',
    replies: { 204: null },
    problems: ['invalid_credentials', 'too_many_requests'],
  },
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
  doc: {
    id: 'listSessions',
    tag: 'Accounts',
    summary: 'See where you are logged in',
    replies: { 200: z.object({ items: z.array(sessionSchema) }) },
  },
  access: 'session',
  method: 'GET',
  path: '/me/sessions',
  handle: async (request) => ({ status: 200, body: await request.call('auth.sessions', askerOf(request)) }),
});

const endOtherSessions = personal({
  doc: {
    id: 'endOtherSessions',
    tag: 'Accounts',
    summary: 'End all sessions but this one',
    replies: { 204: null },
  },
  access: 'session',
  method: 'DELETE',
  path: '/me/sessions',
  handle: async (request) => {
    await request.call('auth.endOtherSessions', askerOf(request));
    return { status: 204 };
  },
});

const endSession = personal({
  doc: {
    id: 'endSession',
    tag: 'Accounts',
    summary: 'End one session',
    replies: { 204: null },
    problems: ['not_found'],
  },
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
  doc: {
    id: 'listSecurityEvents',
    tag: 'Accounts',
    summary: 'See the audit log of your account, newest first',
    replies: { 200: pageOf(securityEventSchema) },
  },
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
