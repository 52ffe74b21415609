import { deedPage, nodeList, retentionReport, workState } from '../../../../lib/administration/replies.ts';
import { z } from 'zod';
import { retentionQuery } from '../../../../lib/administration/requests.ts';
import { drainNode, listNodes, resumeNode } from '../../../../lib/administration/nodes.ts';
import { personal, type Endpoint } from '../../endpoint.ts';
import { byCaller } from './by-caller.ts';

const nodes = personal({
  doc: {
    id: 'adminListNodes',
    tag: 'System',
    summary: 'List the processes of the system',
    replies: { 200: nodeList },
  },
  access: 'admin',
  method: 'GET',
  path: '/admin/nodes',
  handle: async ({ call }) => ({ status: 200, body: await listNodes(call, new Date()) }),
});

const change = (verb: 'drain' | 'resume') =>
  personal({
    doc: {
      id: verb === 'drain' ? 'adminDrainNode' : 'adminResumeNode',
      tag: 'System',
      summary: verb === 'drain' ? 'Let a process take no new work' : 'Let a process take work again',
      replies: { 200: workState },
      problems: ['not_found', 'invalid_state'],
    },
    access: 'admin',
    method: 'POST',
    path: `/admin/nodes/:id/${verb}`,
    handle: async (request) => {
      const wish = { node: request.params.id ?? '', ...byCaller(request) };
      const done = (verb === 'drain' ? drainNode : resumeNode)(request.call, wish, new Date());
      return { status: 200, body: await done };
    },
  });

const retention = personal({
  doc: {
    id: 'adminGetRetention',
    tag: 'System',
    summary: 'See what retention would delete',
    replies: { 200: retentionReport },
  },
  access: 'admin',
  method: 'GET',
  path: '/admin/retention',
  query: retentionQuery,
  handle: async ({ call, query: { limit } }) => ({
    status: 200,
    body: await call('video.retention', { dryRun: true, limit }),
  }),
});

const deeds = personal({
  doc: {
    id: 'adminListDeeds',
    tag: 'System',
    summary: 'See what administrators did, newest first',
    replies: { 200: deedPage },
  },
  access: 'admin',
  method: 'GET',
  path: '/admin/deeds',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(200).optional(),
  }),
  handle: async ({ call, query }) => ({ status: 200, body: await call('auth.deeds', query) }),
});

/** The routes by which administrators look after the system as a whole. */
export const systemEndpoints: Endpoint[] = [nodes, change('drain'), change('resume'), retention, deeds];
