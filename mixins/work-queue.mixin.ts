import { setTimeout as pause } from 'node:timers/promises';
import type { ActionSchema, Context, Service, ServiceSchema } from 'moleculer';
import { z } from 'zod';
import { topics, type Topic } from '../lib/contracts.ts';
import type { Logger } from '../lib/logger.ts';
import { metrics } from '../lib/metrics.ts';
import type { Consumer, ConsumeOptions, Handler, WorkQueue } from '../lib/queue/work-queue.ts';
import type { WorkState } from '../lib/administration/replies.ts';
import { action } from './action.ts';

/** The `queues` section of a service schema: what the service does with each message of a topic. */
export type Consumers = { [T in Topic]?: ConsumeOptions & { handler: Handler<T> } };

/**
 * Consumes the topics in the schema's `queues` section while the service runs.
 * @param open gives the work queue; it gets the service's logger
 */
export function workQueue(open: (logger: Logger) => WorkQueue): Partial<ServiceSchema> {
  const consumers: Consumer[] = [];
  let paused = false;
  let inHand = 0;
  /** One change after the other: whoever resumes waits for a pause to be complete. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (change: () => Promise<void>) => (turn = turn.then(change, change));

  const counted =
    <T extends Topic>(topic: T, handler: Handler<T>): Handler<T> =>
    async (message, signal) => {
      inHand += 1;
      metrics.queueUnacked.inc({ topic });
      try {
        await handler(message, signal);
      } finally {
        inHand -= 1;
        metrics.queueUnacked.dec({ topic });
      }
    };
  const consume = async <T extends Topic>(queue: WorkQueue, topic: T, handled: Consumers) => {
    const section = handled[topic];
    if (!section) return;
    const { concurrency, handler } = section;
    consumers.push(await queue.consume(topic, { concurrency }, counted(topic, handler)));
    metrics.queueUnacked.inc({ topic }, 0);
  };
  const startAll = async (service: Service) => {
    const queue = open(service.logger);
    for (const topic of Object.keys(topics) as Topic[]) {
      await consume(queue, topic, service.schema.queues ?? {});
    }
  };
  const drain = async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  };

  return {
    async started(this: Service) {
      await inTurn(() => startAll(this));
    },
    stopped: drain,
    methods: {
      /** Also called before any service stops, while the others still answer. */
      drain,
      /** Take no more work, and hand back or finish what is in hand; resolves when there is none. */
      pauseWork: () => {
        paused = true;
        return inTurn(drain);
      },
      /** Take work again after a pause. */
      resumeWork(this: Service) {
        return inTurn(async () => {
          if (!paused) return;
          paused = false;
          await startAll(this);
        });
      },
      workState: (): WorkState => ({ paused, inHand }),
    },
  };
}

/** What {@link workQueue} adds to a service. */
interface Working {
  pauseWork(): Promise<void>;
  resumeWork(): Promise<void>;
  workState(): WorkState;
}

/** Less than a caller waits. */
const EMPTY_MS = 20_000;
const nothing = z.strictObject({});
const working = ({ service }: Context) => service as Service & Working;

/**
 * Actions that stop and start the work of one process; call them on a node. Each answers with the state that it leaves:
 * a pause is complete when nothing is in hand, and may be asked for again.
 */
export const pauseActions: Record<string, ActionSchema> = {
  drain: action(nothing, async (_params, ctx) => {
    const service = working(ctx);
    if (!service.workState().paused) service.logger.info('This process takes no more work');
    const pausing = service.pauseWork();
    await Promise.race([pausing, pause(EMPTY_MS, undefined, { ref: false })]);
    return service.workState();
  }),
  resume: action(nothing, async (_params, ctx) => {
    const service = working(ctx);
    if (service.workState().paused) service.logger.info('This process takes work again');
    await service.resumeWork();
    return service.workState();
  }),
  work: action(nothing, (_params, ctx) => working(ctx).workState()),
};
