/** With no more than this waiting nobody is refused, however slow it goes: the last resort must be of some use. */
const FLOOR = 10;
const INCREASE = 1.1;
/** One slow moment (a garbage collection, a lock) is no overload; two looks in a row are. */
const PATIENCE = 2;

/**
 * How much may wait at a time, learned from how it goes. While it is too slow, no more may wait than can be done in the
 * time that is allowed (Little's law); while it is not, the limit grows a little at each look. There is no state
 * "overloaded" to get out of: once less waits than the limit, everybody is admitted.
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

  /**
   * Look at how it has gone since the last look.
   * @param feasible how much can be done in the time that is allowed, as far as that look tells
   */
  look(isSlow: boolean, feasible: number): void {
    this.slowLooks = isSlow ? this.slowLooks + 1 : 0;
    if (this.slowLooks >= PATIENCE) {
      this.limit = Math.max(this.floor, Math.min(this.limit, feasible));
    } else if (!isSlow) {
      this.limit = Math.min(this.max, this.limit * INCREASE + 1);
    }
  }
}
