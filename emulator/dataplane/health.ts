// What probes add up to: consecutive passes and failures against thresholds, and the view that others read.
import type { HealthCheck, HealthView, ProbeResult, TargetHealth } from './types.js';

export type Thresholds = Pick<HealthCheck, 'healthyThreshold' | 'unhealthyThreshold' | 'firstPasses'>;

/** `streak` counts passes in a row upwards and failures in a row downwards. */
export type HealthState = TargetHealth & { streak: number; wasHealthy: boolean };

const remembered = 20;

/** A target that nobody has probed yet. */
export const unprobed = (at: number, probeFrom?: number): HealthState => ({
  status: 'unknown', since: at, history: [], streak: 0, wasHealthy: false, ...(probeFrom === undefined ? {} : { probeFrom }),
});

const nextStreak = (streak: number, ok: boolean): number => (ok ? Math.max(streak, 0) + 1 : Math.min(streak, 0) - 1);

const nextStatus = (state: HealthState, thresholds: Thresholds, streak: number): HealthState['status'] => {
  const passes = state.wasHealthy ? thresholds.healthyThreshold : thresholds.firstPasses;
  if (streak > 0 && streak >= passes) return 'healthy';
  if (streak < 0 && -streak >= thresholds.unhealthyThreshold) return 'unhealthy';
  return state.status;
};

/** The state after one more probe. */
export const observe = (state: HealthState, thresholds: Thresholds, result: ProbeResult): HealthState => {
  const streak = nextStreak(state.streak, result.ok);
  const status = nextStatus(state, thresholds, streak);
  return {
    ...state,
    status,
    since: status === state.status ? state.since : result.at,
    history: [...state.history.slice(1 - remembered), result],
    streak,
    wasHealthy: state.wasHealthy || status === 'healthy',
  };
};

/** One key for a target of a pool; with AWS's names it equals the key of the registration. */
export const targetKey = (poolId: string, targetId: string): string => `${poolId}|${targetId}`;

/** Where the prober writes and everybody else reads. */
export type HealthBoard = {
  view: HealthView;
  record(poolId: string, targetId: string, thresholds: Thresholds, result: ProbeResult): void;
  /** Counts start again: the target is new, or registered anew. */
  reset(poolId: string, targetId: string, at: number, probeFrom?: number): void;
  /** Forgets a target. */
  drop(poolId: string, targetId: string): void;
};

const createSubject = () => {
  const subscribers = new Set<(poolId: string, targetId: string) => void>();
  let revision = 0;
  return {
    revision: () => revision,
    bump: () => void (revision += 1),
    tell: (poolId: string, targetId: string) => {
      revision += 1;
      for (const fn of [...subscribers]) fn(poolId, targetId);
    },
    onChange: (fn: (poolId: string, targetId: string) => void) => {
      subscribers.add(fn);
      return () => void subscribers.delete(fn);
    },
  };
};

/** An empty board. */
export const createHealthBoard = (): HealthBoard => {
  const states = new Map<string, HealthState>();
  const { revision, bump, tell, onChange } = createSubject();
  const put = (poolId: string, targetId: string, next: HealthState): void => {
    const key = targetKey(poolId, targetId);
    const before = states.get(key)?.status;
    states.set(key, next);
    if (before !== next.status) tell(poolId, targetId);
  };
  return {
    view: { of: (poolId, targetId) => states.get(targetKey(poolId, targetId)), revision, onChange },
    record: (poolId, targetId, thresholds, result) => {
      const state = states.get(targetKey(poolId, targetId));
      if (state) put(poolId, targetId, observe(state, thresholds, result));
    },
    reset: (poolId, targetId, at, probeFrom) => put(poolId, targetId, unprobed(at, probeFrom)),
    drop: (poolId, targetId) => {
      if (states.delete(targetKey(poolId, targetId))) bump();
    },
  };
};
