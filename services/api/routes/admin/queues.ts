import { counted, deadLetter, deadLetters, queueReport } from '../../../../lib/administration/replies.ts';
import { z } from 'zod';
import { deadLetterId, deadLetterQuery, topicSchema } from '../../../../lib/administration/requests.ts';
import { parse, ProblemError } from '../../../../lib/errors.ts';
import { personal, type Endpoint, type PersonalRequest } from '../../endpoint.ts';
import { byCaller } from './by-caller.ts';

const PATH = '/admin/dead-letters';

const queues = personal({
  doc: { id: 'adminGetQueues', tag: 'System', summary: 'See what waits', replies: { 200: queueReport } },
  access: 'admin',
  method: 'GET',
  path: '/admin/queues',
  handle: async ({ call }) => {
    const [work, notifications] = await Promise.all([
      call<object>('video.queues', {}),
      call<object>('notify.counts', {}),
    ]);
    return { status: 200, body: { ...work, notifications } };
  },
});

const list = personal({
  doc: {
    id: 'adminListDeadLetters',
    tag: 'System',
    summary: 'List messages that were given up',
    replies: { 200: deadLetters },
  },
  access: 'admin',
  method: 'GET',
  path: PATH,
  query: deadLetterQuery,
  handle: async ({ call, query }) => ({ status: 200, body: await call('video.deadLetters', query) }),
});

const show = personal({
  doc: {
    id: 'adminGetDeadLetter',
    tag: 'System',
    summary: 'See a dead letter',
    replies: { 200: deadLetter },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'GET',
  path: `${PATH}/:topic/:id`,
  handle: async (request) => ({ status: 200, body: await request.call('video.deadLetter', oneOf(request)) }),
});

const requeueAll = personal({
  doc: {
    id: 'adminRequeueDeadLetters',
    tag: 'System',
    summary: 'Have all dead letters of a topic delivered again',
    replies: { 200: counted },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'POST',
  path: `${PATH}/:topic/requeue`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('video.requeueDeadLetters', { ...allOf(request), ...byCaller(request) }),
  }),
});

const requeueOne = personal({
  doc: {
    id: 'adminRequeueDeadLetter',
    tag: 'System',
    summary: 'Have a dead letter delivered again',
    replies: { 200: counted },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'POST',
  path: `${PATH}/:topic/:id/requeue`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('video.requeueDeadLetters', { ...oneOf(request), ...byCaller(request) }),
  }),
});

const purgeAll = personal({
  doc: {
    id: 'adminPurgeDeadLetters',
    tag: 'System',
    summary: 'Delete all dead letters of a topic',
    replies: { 200: counted },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'DELETE',
  path: `${PATH}/:topic`,
  // Nobody should delete everything by a path that is one part too short.
  query: z.strictObject({ confirm: z.string().optional() }),
  handle: async (request) => {
    const { topic } = allOf(request);
    if (request.query.confirm !== topic) {
      const message = `Say ?confirm=${topic} to delete all dead letters of the topic`;
      throw new ProblemError('validation_failed', { errors: [{ path: 'confirm', message }] });
    }
    const wish = { topic, ...byCaller(request) };
    return { status: 200, body: await request.call('video.purgeDeadLetters', wish) };
  },
});

const purgeOne = personal({
  doc: {
    id: 'adminPurgeDeadLetter',
    tag: 'System',
    summary: 'Delete a dead letter',
    replies: { 200: counted },
    problems: ['not_found'],
  },
  access: 'admin',
  method: 'DELETE',
  path: `${PATH}/:topic/:id`,
  handle: async (request) => ({
    status: 200,
    body: await request.call('video.purgeDeadLetters', { ...oneOf(request), ...byCaller(request) }),
  }),
});

/** @throws ProblemError `not_found` for what is no topic */
function allOf({ params }: Pick<PersonalRequest, 'params'>) {
  return { topic: parse(topicSchema, params.topic, 'not_found') };
}

/** @throws ProblemError `not_found` also for what can be no id */
const oneOf = (request: PersonalRequest) => ({
  ...allOf(request),
  id: parse(deadLetterId, request.params.id, 'not_found'),
});

/** The routes by which administrators look after the work queues. */
export const queueEndpoints: Endpoint[] = [
  ...[queues, list, show, requeueAll, requeueOne, purgeAll, purgeOne],
];
