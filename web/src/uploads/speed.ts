/** How fast bytes go, smoothed, so that the time left does not jump about. */
export interface Speed {
  /** Note how far it is. @returns bytes a second; null until that can be told */
  note(sent: number, nowMs: number): number | null;
}

/** After so long a measurement counts for half. */
const HALF_LIFE_MS = 4000;
const SHORTEST_MS = 250;

/** Measure from here on. */
export function measureSpeed(sent: number, nowMs: number): Speed {
  let last = { sent, at: nowMs };
  let speed: number | null = null;
  return {
    note(sentNow, at) {
      const milliseconds = at - last.at;
      if (milliseconds < SHORTEST_MS) return speed;
      const measured = Math.max(0, ((sentNow - last.sent) / milliseconds) * 1000);
      const keep = 0.5 ** (milliseconds / HALF_LIFE_MS);
      speed = speed === null ? measured : speed * keep + measured * (1 - keep);
      last = { sent: sentNow, at };
      return speed;
    },
  };
}
