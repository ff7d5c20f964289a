// Label selectors of the object kind (matchLabels, matchExpressions); pure.
import type { LabelSelector } from './kinds.js';

type Labels = Record<string, string>;

type Requirement = { key: string; operator: string; values?: string[] };

/** Whether one requirement holds (the operators of label selectors and of node affinity). */
export const requirementHolds = ({ key, operator, values = [] }: Requirement, labels: Labels): boolean => {
  const value = labels[key];
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt': return value !== undefined && Number(value) < Number(values[0]);
    default: return false;
  }
};

/** Whether all of `wanted` are among `labels`. */
export const labelsMatch = (wanted: Labels, labels: Labels = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** Whether a workload's selector takes these labels. An empty selector takes nothing here: workloads may not have one. */
export const selectorMatches = (selector: LabelSelector, labels: Labels = {}): boolean => {
  const expressions = selector.matchExpressions ?? [];
  const matchLabels = selector.matchLabels ?? {};
  if (expressions.length === 0 && Object.keys(matchLabels).length === 0) return false;
  return labelsMatch(matchLabels, labels) && expressions.every((one) => requirementHolds(one, labels));
};
