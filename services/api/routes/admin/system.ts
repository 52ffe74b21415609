import { z } from 'zod';
import { retentionQuery } from '../../../../lib/administration/requests.ts';
import { drainNode, listNodes, resumeNode } from '../../../../lib/administration/nodes.ts';
import { personal, type Endpoint } from '../../endpoint.ts';
import { byCaller } from './by-caller.ts';

const nodes = personal({
  access: 'admin',
  method: 'GET',
  path: '/admin/nodes',
  handle: async ({ call }) => ({ status: 200, body: await listNodes(call, new Date()) }),
});

const change = (verb: 'drain' | 'resume') =>
  personal({
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
