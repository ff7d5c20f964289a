// Taints against tolerations: who may come, and who has to go and when; pure.
import type { Taint, Toleration } from './kinds.js';

const matches = ({ key, operator = 'Equal', value, effect }: Toleration, taint: Taint): boolean =>
  (!effect || effect === taint.effect) && (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
  (operator === 'Exists' || (value ?? '') === (taint.value ?? ''));

export const tolerates = (tolerations: readonly Toleration[], taint: Taint): boolean => tolerations.some((one) => matches(one, taint));

/** Ms that a pod may stay with these NoExecute taints: 0 without a toleration, undefined for ever. */
export const staysFor = (tolerations: readonly Toleration[], taints: readonly Taint[]): number | undefined => {
  if (taints.some((taint) => !tolerates(tolerations, taint))) return 0;
  const used = taints.flatMap((taint) => tolerations.filter((one) => matches(one, taint)));
  const limits = used.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds) * 1000]));
  return limits.length === 0 ? undefined : Math.min(...limits);
};
