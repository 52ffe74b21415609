import type { Endpoint } from '../../endpoint.ts';
import { jobEndpoints } from './jobs.ts';
import { peopleEndpoints } from './people.ts';
import { queueEndpoints } from './queues.ts';
import { systemEndpoints } from './system.ts';

/** The routes for administrators: people who have logged in and have that role; API keys never do. */
export const adminEndpoints: Endpoint[] = [
  ...jobEndpoints,
  ...peopleEndpoints,
  ...queueEndpoints,
  ...systemEndpoints,
];
