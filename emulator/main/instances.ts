// The cluster's nodes as EC2 instances: the view that the API and the plan read.
import type { Instance } from '../state/vpc.js';

export type Instances = {
  list(): readonly Instance[];
  onChange(fn: () => void): () => void;
};

/** What there is before, or without, a cluster. */
export const createInstances = () => {
  let current: readonly Instance[] = [];
  const listeners = new Set<() => void>();
  const set = (next: readonly Instance[]): void => {
    if (JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    for (const fn of listeners) fn();
  };
  const onChange = (fn: () => void): (() => void) => {
    listeners.add(fn);
    return () => void listeners.delete(fn);
  };
  return { list: () => current, onChange, set };
};
