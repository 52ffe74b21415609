import { z } from 'zod';
import { deadLetterQuery, topicSchema } from '../lib/administration/requests.ts';
import type { Topic } from '../lib/contracts.ts';
import { ProblemError } from '../lib/errors.ts';
import type { DeadLetter } from '../lib/queue/work-queue.ts';
import { command, type Desk } from './command.ts';
import * as tables from './tables.ts';

const deeds = ['list', 'show', 'requeue', 'purge'] as const;

const dead = command({
  usage: 'dead <deed> [topic] [id]',
  description: 'Messages that were given up: dead list, dead show, dead requeue, dead purge',
  options: [
    { option: '--all', description: 'All of the topic, to requeue or to purge' },
    { option: '--yes', description: 'Really purge' },
    { option: '--limit [count]', description: 'How many to list' },
  ],
  input: z.strictObject({
    deed: z.enum(deeds, `Use one of ${deeds.join(', ')}`),
    topic: topicSchema.optional(),
    id: z.string().optional(),
    all: z.boolean().default(false),
    yes: z.boolean().default(false),
    limit: deadLetterQuery.shape.limit,
  }),
  run: async ({ deed, topic, ...wish }, desk) => {
    if (deed === 'list') return list({ topic, limit: wish.limit }, desk);
    if (topic === undefined) throw missing('topic', 'Name the topic');
    if (deed === 'show') return show({ topic, id: wish.id }, desk);
    if (wish.id === undefined && !wish.all) throw missing('id', 'Name a message, or say --all');
    const which = { topic, ...(wish.id === undefined ? {} : { id: wish.id }) };
    if (deed === 'requeue') return requeue(which, desk);
    return wish.yes ? purge(which, desk) : ask(which, desk);
  },
});

const missing = (path: string, message: string) =>
  new ProblemError('validation_failed', { errors: [{ path, message }] });

async function list(query: { topic?: Topic | undefined; limit: number }, { call, now }: Desk) {
  const { items } = await call<{ items: DeadLetter[] }>('video.deadLetters', query);
  return tables.list(
    ['TOPIC', 'MESSAGE', 'DIED', 'DELIVERIES', 'REASON'],
    items.map(({ topic, id, diedAt, deliveries, reason }) => [
      ...[topic, id, tables.ageText(diedAt, now), deliveries, reason.slice(0, 80)],
    ]),
    'There are no dead letters',
  );
}

async function show({ topic, id }: { topic: Topic; id: string | undefined }, { call }: Desk) {
  if (id === undefined) throw missing('id', 'Name a message');
  const letter = await call<DeadLetter>('video.deadLetter', { topic, id });
  return tables.facts({
    topic: letter.topic,
    message: letter.id,
    died: letter.diedAt,
    deliveries: letter.deliveries,
    reason: letter.reason,
    content: typeof letter.message === 'string' ? letter.message : JSON.stringify(letter.message),
    valid: letter.valid ? 'yes' : 'no: it would be given up again',
  });
}

interface Which {
  topic: Topic;
  id?: string;
}

async function requeue(which: Which, { call, by }: Desk): Promise<string> {
  const { count } = await call<{ count: number }>('video.requeueDeadLetters', { ...which, by });
  return `${messages(count)} put back into ${which.topic}`;
}

async function purge(which: Which, { call, by }: Desk): Promise<string> {
  const { count } = await call<{ count: number }>('video.purgeDeadLetters', { ...which, by });
  return `${messages(count)} of ${which.topic} deleted`;
}

/** Nobody should delete by one word too few. */
async function ask({ topic, id }: Which, desk: Desk): Promise<string> {
  const told = id === undefined ? await list({ topic, limit: 200 }, desk) : await show({ topic, id }, desk);
  return `${told}\nThis would be deleted for good. If that is what you want, add --yes`;
}

const messages = (count: number) => `${count} ${count === 1 ? 'message' : 'messages'}`;

/** The command about messages that were given up. */
export const deadLetterCommands = [dead];
