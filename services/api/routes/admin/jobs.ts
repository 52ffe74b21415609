import { jobPage, jobStory } from '../../../../lib/administration/replies.ts';
import { jobQuery } from '../../../../lib/administration/requests.ts';
import { personal, type Endpoint } from '../../endpoint.ts';
import { byCaller } from './by-caller.ts';

const PATH = '/admin/jobs';

const list = personal({
  doc: {
    id: 'adminListJobs',
    tag: 'System',
    summary: 'List extractions of all people',
    replies: { 200: jobPage },
  },
  access: 'admin',
  method: 'GET',
  path: PATH,
  query: jobQuery,
  handle: async ({ call, query }) => ({ status: 200, body: await call('video.jobs', query) }),
});

const show = personal({
  doc: {
    id: 'adminGetJob',
    tag: 'System',
    summary: 'See an extraction with its whole story',
    replies: { 200: jobStory },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'GET',
  path: `${PATH}/:id`,
  handle: async ({ call, params: { id } }) => ({ status: 200, body: await call('video.job', { id }) }),
});

const requeue = personal({
  doc: {
    id: 'adminRequeueJob',
    tag: 'System',
    summary: 'Have an extraction made again',
    replies: { 200: jobStory },
    problems: ['not_found', 'invalid_state'],
  },
  access: 'admin',
  method: 'POST',
  path: `${PATH}/:id/requeue`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('video.requeueJob', { id: request.params.id, ...byCaller(request) }),
  }),
});

const cancel = personal({
  doc: {
    id: 'adminCancelJob',
    tag: 'System',
    summary: 'Cancel an extraction',
    replies: { 200: jobStory },
    problems: ['not_found', 'invalid_state'],
  },
  access: 'admin',
  method: 'POST',
  path: `${PATH}/:id/cancel`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('video.cancelJob', { id: request.params.id, ...byCaller(request) }),
  }),
});

/** The routes by which administrators look after extractions. */
export const jobEndpoints: Endpoint[] = [list, show, requeue, cancel];
