import { SpanKind } from '@opentelemetry/api';
import type { Message, Topic } from '../contracts.ts';
import { carrier, inSpan, inTrace } from '../tracing/trace.ts';
import type { WorkQueue } from './work-queue.ts';

/** A work queue whose messages carry their trace; handlers don't see it. */
export function tracedQueue(queue: WorkQueue): WorkQueue {
  return {
    ...queue,
    publish: (topic, message) =>
      inSpan(`publish ${topic}`, { kind: SpanKind.PRODUCER }, () => {
        const trace = carrier();
        return queue.publish(topic, trace ? { ...message, trace } : message);
      }),
    consume: <T extends Topic>(
      topic: T,
      options: Parameters<WorkQueue['consume']>[1],
      handler: (message: Message<T>, signal: AbortSignal) => Promise<void>,
    ) =>
      queue.consume(topic, options, ({ trace, ...message }, signal) =>
        inTrace(trace, () =>
          inSpan(`process ${topic}`, { kind: SpanKind.CONSUMER }, () =>
            handler(message as Message<T>, signal),
          ),
        ),
      ),
  };
}
