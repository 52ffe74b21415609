/** Those who begin connections, by the names of their pods, and some outside of the namespace. */
const SERVICES = ['api', 'auth', 'video', 'processor', 'notify'];
const DATABASE_OWNERS = ['auth', 'video', 'notify'];
const MIGRATIONS = DATABASE_OWNERS.map((name) => `migrate-${name}`);
const AWS_USERS = ['api', 'video', 'processor', 'notify'];

/** What somebody needs to reach, whatever stands for it in an environment. */
export type Role =
  | 'broker'
  | 'broker-api'
  | 'cluster-dns'
  | 'collector'
  | 'database'
  | 'gateway'
  | 'identity'
  | 'mail'
  | 'mail-events'
  | 'metrics'
  | 'objects'
  | 'webhooks';

/** Every flow there is; what is not here is denied. */
export const flows: { from: string[]; to: Role; why: string }[] = [
  { from: SERVICES, to: 'broker', why: 'calls, events and work queues' },
  { from: [...DATABASE_OWNERS, ...MIGRATIONS], to: 'database', why: 'one database each' },
  { from: AWS_USERS, to: 'objects', why: 'sources, archives, previews' },
  { from: ['notify'], to: 'mail', why: 'letters' },
  { from: ['notify'], to: 'mail-events', why: 'bounces and complaints' },
  { from: ['notify'], to: 'webhooks', why: 'wherever people want them, but at public addresses' },
  { from: AWS_USERS, to: 'identity', why: 'the credentials of their role in AWS' },
  { from: SERVICES, to: 'collector', why: 'traces' },
  { from: [...SERVICES, ...MIGRATIONS], to: 'cluster-dns', why: 'names' },
  { from: ['load-balancer'], to: 'gateway', why: 'people’s requests' },
  { from: ['prometheus'], to: 'metrics', why: 'what each service measures' },
  { from: ['keda'], to: 'broker-api', why: 'how much work there is' },
];

/** Somebody at some ports; no ports: all of them. */
interface Place {
  at: string;
  ports: number[] | 'all';
}

const everywhere: Partial<Record<Role, Place[]>> = {
  collector: ['collector', 'prometheus', 'monitoring-others'].map((at) => ({ at, ports: [4318] })),
  'cluster-dns': [{ at: 'cluster-dns', ports: [53] }],
  metrics: SERVICES.map((at) => ({ at, ports: [9464] })),
  webhooks: [{ at: 'internet', ports: 'all' }],
};

/** What stands for the roles in each overlay; what is not there has no flows. */
export const places: Record<string, Partial<Record<Role, Place[]>>> = {
  'overlays/dev': {
    ...everywhere,
    broker: [{ at: 'rabbitmq', ports: [5672] }],
    'broker-api': [{ at: 'rabbitmq', ports: [15_672] }],
    database: [{ at: 'postgres', ports: [5432] }],
    objects: [{ at: 'object-store', ports: [9000] }],
    mail: [{ at: 'mail', ports: [1025] }],
  },
  'overlays/prod': {
    ...everywhere,
    broker: [{ at: 'stores-of-vpc', ports: [5671] }],
    database: [{ at: 'stores-of-vpc', ports: [5432] }],
    objects: [{ at: 'internet', ports: [443] }],
    // SES and SQS by HTTPS; a server of one's own would want 587 or 465 here and in the overlay's policies.
    mail: [{ at: 'internet', ports: [443] }],
    'mail-events': [{ at: 'internet', ports: [443] }],
    identity: [{ at: 'identity-agent', ports: [80] }],
    gateway: [{ at: 'api', ports: [3000] }],
  },
};

/** Whether a connection is one of the flows of an overlay. */
export const isFlow = (overlay: string, from: string, to: string, port: number): boolean =>
  flows.some(
    (flow) =>
      flow.from.includes(from) &&
      (places[overlay]?.[flow.to] ?? []).some(
        ({ at, ports }) => at === to && (ports === 'all' || ports.includes(port)),
      ),
  );
