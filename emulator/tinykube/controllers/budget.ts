// What a PodDisruptionBudget allows at this moment: how many pods it wants, how many are well, how many may go; pure.
import type { Pod, PodDisruptionBudget } from './kinds.js';
import { isActive, isReady } from './pods.js';

export type Budget = { expectedPods: number; desiredHealthy: number; currentHealthy: number; disruptionsAllowed: number };

const isPercent = (value: number | string | undefined): value is string => typeof value === 'string' && value.endsWith('%');

/** Percentages are rounded up, of both fields. */
const share = (value: number | string, of: number): number => (isPercent(value) ? Math.ceil((Number.parseFloat(value) * of) / 100) : Number(value));

/** `replicas` is how many pods their controllers want altogether. */
export const budgetOf = ({ spec }: PodDisruptionBudget, pods: readonly Pod[], replicas: number): Budget => {
  const currentHealthy = pods.filter((pod) => isActive(pod) && isReady(pod)).length;
  const byNumber = spec.minAvailable !== undefined && !isPercent(spec.minAvailable);
  const expectedPods = byNumber ? pods.filter(isActive).length : replicas;
  const wanted = spec.maxUnavailable !== undefined ? expectedPods - share(spec.maxUnavailable, expectedPods) : share(spec.minAvailable ?? 1, expectedPods);
  const desiredHealthy = Math.max(0, wanted);
  return { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed: expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0 };
};

/** Whether a pod may be evicted. One that is not ready does no harm when it goes, if the others suffice or the budget says so. */
export const mayGo = (budget: PodDisruptionBudget, pod: Pod, { desiredHealthy, currentHealthy, disruptionsAllowed }: Budget): boolean => {
  if (isReady(pod)) return disruptionsAllowed > 0;
  return budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || currentHealthy >= desiredHealthy;
};
