import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Health } from '../../../mixins/health.mixin.ts';
import { open, personal, type Call, type Endpoint } from '../endpoint.ts';

const live = open({
  doc: {
    id: 'isLive',
    tag: 'System',
    summary: 'Whether this process runs',
    replies: { 200: z.object({ status: z.literal('ok') }) },
  },
  method: 'GET',
  path: '/health/live',
  handle: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
});

/** Without these no request can be served. */
const essential = ['auth', 'video'];
/** Without these uploads are taken all the same; their work and their mail come later. */
const deferrable = ['processor', 'notify'];

const ready = open({
  doc: {
    id: 'isReady',
    tag: 'System',
    summary: 'Whether requests can be served',
    replies: {
      200: z.object({ status: z.enum(['ok', 'degraded']), down: z.array(z.string()) }),
      503: z.object({ status: z.literal('unavailable'), down: z.array(z.string()) }),
    },
  },
  method: 'GET',
  path: '/health/ready',
  handle: async ({ call }) => {
    const [down, late] = await Promise.all([downIn(essential, call), downIn(deferrable, call)]);
    if (down.length > 0) return { status: 503, body: { status: 'unavailable', down: [...down, ...late] } };
    return { status: 200, body: { status: late.length > 0 ? 'degraded' : 'ok', down: late } };
  },
});

/** A little longer than a service gives its own checks. */
const ANSWER_MS = 4000;

/** The names of what is down in these services; a service that does not answer in time is down itself. */
async function downIn(services: string[], call: Call): Promise<string[]> {
  const answers = services.map((service) =>
    Promise.race([
      pause(ANSWER_MS, [service], { ref: false }),
      call<Health>(`${service}.health`).then(
        ({ down }) => down,
        () => [service],
      ),
    ]),
  );
  return (await Promise.all(answers)).flat();
}

const info = (service: 'auth' | 'notify') =>
  open({
    doc: {
      id: `get${service === 'auth' ? 'Auth' : 'Notify'}Version`,
      tag: 'System',
      summary: `The version of ${service}`,
      replies: { 200: z.object({ service: z.literal(service), version: z.string() }) },
    },
    method: 'GET',
    path: `/${service}`,
    handle: async ({ call }) => ({ status: 200, body: await call(`${service}.info`) }),
  });

const notification = personal({
  doc: {
    id: 'sendNotification',
    tag: 'System',
    summary: 'Send a mail from a template',
    replies: { 202: z.object({ id: z.uuid() }) },
  },
  access: 'admin',
  method: 'POST',
  path: '/notification',
  body: z.strictObject({
    to: z.string().trim().max(254).pipe(z.email()),
    template: z.string().max(100),
    data: z.record(z.string(), z.unknown()).default({}),
  }),
  handle: async ({ call, body }) => ({ status: 202, body: await call('notify.send', body) }),
});

export const systemEndpoints: Endpoint[] = [live, ready, info('auth'), info('notify'), notification];
