// The arithmetic of a Deployment's rollout: how many pods each ReplicaSet may have next; pure.
import type { Deployment, ReplicaSet } from './kinds.js';

export type Limits = { maxSurge: number; maxUnavailable: number };

/** A number of pods, or a share of `total`. */
export const resolveCount = (value: number | string, total: number, round: (n: number) => number): number => {
  if (typeof value === 'number') return value;
  return value.endsWith('%') ? round((Number(value.slice(0, -1)) * total) / 100) : Number(value);
};

export const wantedReplicas = (object: { spec: { replicas?: number } }): number => object.spec.replicas ?? 1;

export const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number => sets.reduce((total, set) => total + of(set), 0);

/** maxSurge and maxUnavailable as numbers. Both zero would never move, so one may then be unavailable. */
export const limitsOf = (deployment: Deployment): Limits => {
  if (deployment.spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const total = wantedReplicas(deployment);
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = resolveCount(rolling?.maxSurge ?? '25%', total, Math.ceil);
  const maxUnavailable = Math.min(total, resolveCount(rolling?.maxUnavailable ?? '25%', total, Math.floor));
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
};

/** The size that the newest ReplicaSet may have now. Models deployment/util NewRSNewReplicas. */
export const newSize = (deployment: Deployment, all: readonly ReplicaSet[], newest: ReplicaSet | undefined): number => {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  const have = newest ? wantedReplicas(newest) : 0;
  const room = wanted + limitsOf(deployment).maxSurge - sum(all, wantedReplicas);
  return room <= 0 ? have : have + Math.min(room, wanted - have);
};

/**
 * The next sizes of the old ReplicaSets, unhealthy pods first, then as far as availability allows; only those that
 * change. Models deployment/rolling reconcileOldReplicaSets.
 */
export const oldSizes = (deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): Map<string, number> => {
  const all = [...old, newest];
  const minAvailable = wantedReplicas(deployment) - limitsOf(deployment).maxUnavailable;
  const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
  const newUnavailable = wantedReplicas(newest) - available(newest);
  let unhealthyBudget = sum(all, wantedReplicas) - minAvailable - newUnavailable;
  let healthyBudget = sum(all, available) - minAvailable;
  const sizes = new Map<string, number>();
  for (const set of [...old].sort(byAge)) {
    const size = wantedReplicas(set);
    const unhealthy = Math.max(0, Math.min(unhealthyBudget, size - available(set)));
    unhealthyBudget -= unhealthy;
    const healthy = Math.max(0, Math.min(healthyBudget, size - unhealthy, unhealthyBudget));
    healthyBudget -= healthy;
    unhealthyBudget -= healthy;
    if (unhealthy + healthy > 0) sizes.set(set.metadata.name, size - unhealthy - healthy);
  }
  return sizes;
};

export const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name);

/**
 * Sizes after the Deployment itself was scaled in the middle of a rollout: the change is shared out in proportion to
 * the sizes; what rounding leaves goes to the largest.
 */
export const proportionalSizes = (deployment: Deployment, active: readonly ReplicaSet[]): Map<string, number> => {
  const target = wantedReplicas(deployment) === 0 ? 0 : wantedReplicas(deployment) + limitsOf(deployment).maxSurge;
  const total = sum(active, wantedReplicas);
  const largestFirst = [...active].sort((a, b) => wantedReplicas(b) - wantedReplicas(a) || byAge(a, b));
  const sizes = new Map(largestFirst.map((set) => [set.metadata.name, Math.round((wantedReplicas(set) * target) / Math.max(total, 1))]));
  const first = largestFirst[0];
  if (first) {
    const given = [...sizes.values()].reduce((a, b) => a + b, 0);
    sizes.set(first.metadata.name, Math.max(0, (sizes.get(first.metadata.name) ?? 0) + target - given));
  }
  return sizes;
};
