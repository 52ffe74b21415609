/** How many pods may come or go within a period. */
interface Policy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}

/** One direction of an HPA's `behavior`. */
export interface Behavior {
  stabilizationWindowSeconds: number;
  selectPolicy: 'Max' | 'Min' | 'Disabled';
  policies: Policy[];
}

export interface HpaRules {
  minReplicas: number;
  maxReplicas: number;
  scaleUp: Behavior;
  scaleDown: Behavior;
}

/** Kubernetes compares what is with what should be this often (`--horizontal-pod-autoscaler-sync-period`). */
export const SYNC_SECONDS = 15;
/** Deviations up to this share change nothing (`--horizontal-pod-autoscaler-tolerance`). */
const TOLERANCE = 0.1;

/** What Kubernetes takes where an HPA says nothing. */
export const DEFAULT_SCALE_UP: Behavior = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Percent', value: 100, periodSeconds: 15 },
    { type: 'Pods', value: 4, periodSeconds: 15 },
  ],
};
export const DEFAULT_SCALE_DOWN: Behavior = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/** Replicas wanted when a sum (such as messages in a queue) is to be shared, so much for each pod. */
export function wantedForSum(sum: number, perPod: number, replicas: number): number {
  const ratio = sum / (perPod * replicas);
  return Math.abs(1 - ratio) <= TOLERANCE ? replicas : Math.ceil(sum / perPod);
}

/**
 * Replicas wanted for an average utilization of ready pods. Pods that are not ready yet count as idle when more are
 * wanted, so that those that start are not ordered twice.
 */
export function wantedForUtilization(
  utilization: number,
  target: number,
  ready: number,
  replicas: number,
): number {
  if (ready === 0) return replicas;
  const ratio = utilization / target;
  if (ratio <= 1 || ready === replicas) {
    return Math.abs(1 - ratio) <= TOLERANCE ? replicas : Math.ceil(ratio * ready);
  }
  const corrected = (ratio * ready) / replicas;
  return corrected <= 1 + TOLERANCE ? replicas : Math.ceil(corrected * replicas);
}

interface Timed {
  at: number;
  count: number;
}

export interface Hpa {
  /** Replicas from now on, given how many there are and how many a metric wants. */
  decide(now: number, replicas: number, wanted: number): number;
}

/** What Kubernetes makes of what a metric wants: first the stabilisation windows, then the policies. */
export function createHpa(rules: HpaRules): Hpa {
  let recommendations: Timed[] = [];
  const changes: Timed[] = [];
  const longest = Math.max(
    rules.scaleUp.stabilizationWindowSeconds,
    rules.scaleDown.stabilizationWindowSeconds,
  );

  const stabilize = (now: number, replicas: number, wanted: number) => {
    recommendations = recommendations.filter(({ at }) => at > now - longest);
    recommendations.push({ at: now, count: wanted });
    const within = (seconds: number) =>
      recommendations.filter(({ at }) => at > now - seconds || at === now).map(({ count }) => count);
    const up = Math.min(...within(rules.scaleUp.stabilizationWindowSeconds));
    const down = Math.max(...within(rules.scaleDown.stabilizationWindowSeconds));
    return Math.min(Math.max(replicas, up), down);
  };
  /** How many there were when a period began. */
  const before = (now: number, replicas: number, seconds: number) =>
    replicas - changes.filter(({ at }) => at > now - seconds).reduce((sum, { count }) => sum + count, 0);

  const limit = (now: number, replicas: number, { selectPolicy, policies }: Behavior, sign: 1 | -1) => {
    if (selectPolicy === 'Disabled') return replicas;
    const limits = policies.map(({ type, value, periodSeconds }) => {
      const start = before(now, replicas, periodSeconds);
      if (type === 'Pods') return start + sign * value;
      const share = start * (1 + (sign * value) / 100);
      return sign > 0 ? Math.ceil(share) : Math.trunc(share);
    });
    // The policy that changes most is the highest limit of growth and the lowest of shrinking.
    return (selectPolicy === 'Max') === sign > 0 ? Math.max(...limits) : Math.min(...limits);
  };

  return {
    decide: (now, replicas, wanted) => {
      const stable = stabilize(now, replicas, wanted);
      const most = Math.min(rules.maxReplicas, Math.max(replicas, limit(now, replicas, rules.scaleUp, 1)));
      const least = Math.max(
        rules.minReplicas,
        Math.min(replicas, limit(now, replicas, rules.scaleDown, -1)),
      );
      const next = Math.max(least, Math.min(most, stable));
      if (next !== replicas) changes.push({ at: now, count: next - replicas });
      return next;
    },
  };
}
