import { z } from 'zod';
import type { Health } from '../../../mixins/health.mixin.ts';
import { open, personal, type Call, type Endpoint } from '../endpoint.ts';

const live = open({
  method: 'GET',
  path: '/health/live',
  handle: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
});

const needed = ['auth', 'video', 'processor', 'notify'];

const ready = open({
  method: 'GET',
  path: '/health/ready',
  handle: async ({ call }) => {
    const down = (await Promise.all(needed.map((service) => downIn(service, call)))).flat();
    if (down.length > 0) return { status: 503, body: { status: 'unavailable', down } };
    return { status: 200, body: { status: 'ok', down } };
  },
});

async function downIn(service: string, call: Call): Promise<string[]> {
  return call<Health>(`${service}.health`).then(
    ({ down }) => down,
    () => [service],
  );
}

const info = (service: string) =>
  open({
    method: 'GET',
    path: `/${service}`,
    handle: async ({ call }) => ({ status: 200, body: await call(`${service}.info`) }),
  });

const notification = personal({
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
