import { startLoop, type Loop } from '../../../lib/loop.ts';
import { claimDelivery, type Claimed } from './claim.ts';
import { deliver, type DeliveryNeeds } from './deliver.ts';

const IDLE_MS = 2000;
/** Deliveries on their way at once. */
const SLOTS = 64;
/** How many of them may go where the last attempt went wrong: those that work always find a slot. */
const FAILING_SLOTS = 32;

/**
 * Deliver what is due, now and whenever kicked, until stopped.
 * @returns the loop; `stop` waits for the deliveries that are on their way
 */
export function startDeliveries(needs: DeliveryNeeds): Loop {
  const { db, logger, clock = () => new Date() } = needs;
  const running = new Map<Promise<void>, Claimed>();

  const failing = () => [...running.values()].filter(({ failingSince }) => failingSince !== null).length;
  const begin = (delivery: Claimed) => {
    const job = deliver(needs, delivery)
      .catch((error: unknown) => logger.error(`Delivery ${delivery.id} could not be settled`, error))
      .finally(() => {
        running.delete(job);
        loop.kick();
      });
    running.set(job, delivery);
  };
  const fill = async (signal: AbortSignal) => {
    while (!signal.aborted && running.size < SLOTS) {
      const delivery = await claimDelivery(db, { failingToo: failing() < FAILING_SLOTS }, clock());
      if (!delivery) return;
      begin(delivery);
    }
  };

  const loop = startLoop('Delivering webhooks', IDLE_MS, fill, logger);
  return {
    kick: () => loop.kick(),
    stop: async () => {
      await loop.stop();
      await Promise.all(running.keys());
    },
  };
}
