// Label selectors as Kubernetes reads them. Pure.
import type { LabelSelector } from '../kube/types.js';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

const holds = ({ key, operator, values = [] }: Requirement, labels: Record<string, string>): boolean => {
  const value = labels[key];
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
  }
};

/** No selector matches everything. */
export const matchesSelector = (selector: LabelSelector | undefined, labels: Record<string, string>): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector?.matchExpressions ?? []).every((requirement) => holds(requirement, labels));
