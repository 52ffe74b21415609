import { levelAt, meanLevel, type Shape, DAY_SECONDS } from './day.ts';
import { createHpa, SYNC_SECONDS, wantedForUtilization } from './hpa.ts';
import type { UtilizationRules } from './rules.ts';

/** What a gateway does and asks for. */
export interface GatewayShape {
  /** Seconds of a core for one request, on average. */
  cpuPerRequest: number;
  /** Cores that a pod asks for, and those that it may use: Node has one thread for most of it. */
  request: number;
  limit: number;
  startSeconds: number;
}

export interface GatewayOutcome {
  /** Of all requests, those that came while the pods together could not take them. */
  refused: number;
  podHours: number;
  mostPods: number;
  /** Seconds in which some were refused. */
  overloadedSeconds: number;
}

/** The metrics server's numbers are so old. */
const METRIC_SECONDS = 30;

/**
 * Gateways behind an HPA, second by second; requests flow like water, which fits where they are many and short. What is
 * too much is refused, as the gateways do, and does not come back.
 * @param perDay requests of the whole day
 */
export function simulateGateways(
  shape: Shape,
  perDay: number,
  gateway: GatewayShape,
  rules: UtilizationRules,
): GatewayOutcome {
  const usual = perDay / DAY_SECONDS / meanLevel(shape);
  const hpa = createHpa(rules);
  const startsAt = Array.from({ length: rules.minReplicas }, () => -Infinity);
  const used: number[] = [];
  const outcome: GatewayOutcome = { refused: 0, podHours: 0, mostPods: 0, overloadedSeconds: 0 };
  for (let now = 0; now < DAY_SECONDS; now += 1) {
    const ready = startsAt.filter((at) => at <= now).length;
    const asked = usual * levelAt(shape, now);
    const possible = (ready * gateway.limit) / gateway.cpuPerRequest;
    const served = Math.min(asked, possible);
    if (asked > possible) outcome.overloadedSeconds += 1;
    outcome.refused += (asked - served) / perDay;
    outcome.podHours += startsAt.length / 3600;
    used.push((served * gateway.cpuPerRequest) / Math.max(1, ready) / gateway.request);
    if (used.length > METRIC_SECONDS) used.shift();
    if (now % SYNC_SECONDS !== 0) continue;
    const utilization = used.reduce((sum, share) => sum + share, 0) / used.length;
    // Pods that are new have no figures yet.
    const known = startsAt.filter((at) => at <= now - METRIC_SECONDS).length;
    const wanted = wantedForUtilization(utilization, rules.target, known, startsAt.length);
    const next = hpa.decide(now, startsAt.length, wanted);
    while (startsAt.length < next) startsAt.push(now + gateway.startSeconds);
    startsAt.length = next;
    outcome.mostPods = Math.max(outcome.mostPods, next);
  }
  return outcome;
}
