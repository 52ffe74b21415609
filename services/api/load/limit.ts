/** With no more than this waiting nobody is refused, however slow it goes: the last resort must be of some use. */
export const FLOOR = 20;
const DECREASE = 0.7;
const INCREASE = 1.1;
/** One slow moment (a garbage collection, a lock) is no overload; two looks in a row are. */
const PATIENCE = 2;

/**
 * How much may wait at a time, learned from how it goes: it shrinks below what waits now while that is too slow, and
 * grows a little at each look while it is not (additive increase, multiplicative decrease, as TCP does it). There is
 * no state "overloaded" to get out of: once less waits than the limit, everybody is admitted.
 */
export class Limit {
  waiting = 0;
  private limit: number;
  private slowLooks = 0;
  private readonly max: number;
  private readonly floor: number;

  /** @param max the limit is never higher, and begins there */
  constructor(max: number, floor = FLOOR) {
    this.max = max;
    this.limit = max;
    this.floor = Math.min(floor, max);
  }

  get current(): number {
    return Math.floor(this.limit);
  }

  get admits(): boolean {
    return this.waiting < this.current;
  }

  /** Whether more waits than is always allowed, so that slowness can come from it. */
  get isBusy(): boolean {
    return this.waiting > this.floor;
  }

  /** Look at how it has gone since the last look. */
  look(isSlow: boolean): void {
    this.slowLooks = isSlow ? this.slowLooks + 1 : 0;
    if (this.slowLooks >= PATIENCE) {
      this.limit = Math.max(this.floor, Math.min(this.limit, this.waiting) * DECREASE);
    } else if (!isSlow) {
      this.limit = Math.min(this.max, this.limit * INCREASE + 1);
    }
  }
}
