import { counted, peoplePage, personRecord, quotaReport } from '../../../../lib/administration/replies.ts';
import { z } from 'zod';
import { peopleQuery, quotaOverrides } from '../../../../lib/administration/requests.ts';
import { ProblemError } from '../../../../lib/errors.ts';
import { personal, type Endpoint, type PersonalRequest } from '../../endpoint.ts';
import { byCaller } from './by-caller.ts';

const PATH = '/admin/people';

const list = personal({
  doc: { id: 'adminListPeople', tag: 'System', summary: 'List people', replies: { 200: peoplePage } },
  access: 'admin',
  method: 'GET',
  path: PATH,
  query: peopleQuery.extend({
    disabled: z
      .enum(['true', 'false'])
      .transform((value) => value === 'true')
      .optional(),
  }),
  handle: async ({ call, query }) => ({ status: 200, body: await call('auth.people', query) }),
});

const show = personal({
  doc: {
    id: 'adminGetPerson',
    tag: 'System',
    summary: 'See a person',
    replies: { 200: personRecord },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'GET',
  path: `${PATH}/:id`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.findPerson', idOf(request)),
  }),
});

const setRole = personal({
  doc: {
    id: 'adminSetRole',
    tag: 'System',
    summary: 'Make a person an administrator, or an ordinary person again',
    replies: { 200: personRecord },
    problems: ['not_found', 'invalid_state'],
  },
  access: 'admin',
  method: 'PUT',
  path: `${PATH}/:id/role`,
  body: z.strictObject({ role: z.enum(['user', 'admin']) }),
  handle: async (request) => {
    const wish = { ...idOf(request), ...request.body, ...byCaller(request) };
    await request.call('auth.setRole', wish);
    return { status: 200, body: await request.call('auth.findPerson', idOf(request)) };
  },
});

const setDisabled = (verb: 'disable' | 'enable') =>
  personal({
    doc: {
      id: verb === 'disable' ? 'adminDisablePerson' : 'adminEnablePerson',
      tag: 'System',
      summary: verb === 'disable' ? 'Close the account of a person' : 'Open the account of a person again',
      replies: { 200: personRecord },
      problems: ['not_found', 'invalid_state'],
    },
    access: 'admin',
    method: 'POST',
    path: `${PATH}/:id/${verb}`,
    handle: async (request) => ({
      status: 200,
      body: await request.call('auth.setDisabled', {
        ...{ ...idOf(request), disabled: verb === 'disable', ...byCaller(request) },
      }),
    }),
  });

const endSessions = personal({
  doc: {
    id: 'adminEndSessions',
    tag: 'System',
    summary: 'End all sessions of a person',
    replies: { 200: counted },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'DELETE',
  path: `${PATH}/:id/sessions`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('auth.endPersonSessions', { ...idOf(request), ...byCaller(request) }),
  }),
});

const quotas = personal({
  doc: {
    id: 'adminGetQuotas',
    tag: 'System',
    summary: 'See the quotas of a person',
    replies: { 200: quotaReport },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'GET',
  path: `${PATH}/:id/quotas`,
  handle: async (request) => {
    await request.call('auth.findPerson', idOf(request));
    return { status: 200, body: await request.call('video.quotas', idOf(request)) };
  },
});

const setQuotas = personal({
  doc: {
    id: 'adminSetQuotas',
    tag: 'System',
    summary: 'Give a person quotas of their own',
    replies: { 200: quotaReport },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'PUT',
  path: `${PATH}/:id/quotas`,
  body: quotaOverrides,
  handle: async (request) => changeQuotas(request, request.body),
});

const clearQuotas = personal({
  doc: {
    id: 'adminClearQuotas',
    tag: 'System',
    summary: 'Give a person the quotas of everybody again',
    replies: { 200: quotaReport },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'DELETE',
  path: `${PATH}/:id/quotas`,
  handle: async (request) => changeQuotas(request, null),
});

async function changeQuotas(request: PersonalRequest, overrides: object | null) {
  // `video` knows nobody: it would take limits for anyone.
  await request.call('auth.findPerson', idOf(request));
  const wish = { ...idOf(request), overrides, ...byCaller(request) };
  return { status: 200, body: await request.call('video.setQuotas', wish) };
}

/** @throws ProblemError `not_found` for what is no id */
function idOf({ params }: PersonalRequest): { personId: string } {
  const id = z.uuid().safeParse(params.id);
  if (!id.success) throw new ProblemError('not_found');
  return { personId: id.data };
}

/** The routes by which administrators look after people. */
export const peopleEndpoints: Endpoint[] = [
  ...[list, show, setRole, setDisabled('disable'), setDisabled('enable'), endSessions],
  ...[quotas, setQuotas, clearQuotas],
];
