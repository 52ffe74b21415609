/** Fewer calls say little about a queue. */
const ENOUGH = 5;

/**
 * Whether calls of one kind stand in a queue. What every call of a while has waited at least is the time that it took to
 * get through (the idea of CoDel): a burst lets the slowest wait, only a standing queue lets the fastest wait.
 */
export class WaitingTime {
  private fastestMs = Infinity;
  finished = 0;
  private busyBefore = false;

  note(ms: number): void {
    this.finished += 1;
    this.fastestMs = Math.min(this.fastestMs, ms);
  }

  /**
   * Look.
   * @param isBusy whether many wait now; when they did so at the last look and not one has come through, they are stuck
   */
  isLong(maxMs: number, isBusy: boolean): boolean {
    const isStuck = this.finished === 0 && isBusy && this.busyBefore;
    this.busyBefore = isBusy;
    return isStuck || (this.finished >= ENOUGH && this.fastestMs > maxMs);
  }

  /** Begin anew, after a look. */
  restart(): void {
    this.fastestMs = Infinity;
    this.finished = 0;
  }
}
