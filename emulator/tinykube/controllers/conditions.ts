// Status conditions: set one in a list, keeping the time of its last real transition; pure.
import type { Condition } from './kinds.js';

/** The list with `condition` in it. Its `lastTransitionTime` stays unless the status changed. */
export const withCondition = (conditions: readonly Condition[] | undefined, condition: Condition, now: string): Condition[] => {
  const list = conditions ?? [];
  const old = list.find((one) => one.type === condition.type);
  const lastTransitionTime = old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : now;
  const next = { ...condition, lastTransitionTime };
  return old ? list.map((one) => (one === old ? next : one)) : [...list, next];
};
