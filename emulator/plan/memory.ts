// What was planned before and of what: what nothing of has changed is planned as the very same object, which the data
// plane knows again at a glance. One load balancer among a thousand then costs what it costs among ten.
import type { Listener, Pool } from '../dataplane/types.js';

/** Answers what was made for `of` while it and all its `parts` are the same objects; else makes it anew. */
export type Memory<T> = (of: object, parts: readonly unknown[], make: () => T) => T;

export type PlanMemory = { listeners: Memory<Listener>; pools: Memory<Pool> };

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((part, at) => part === b[at]);

const createMemory = <T>(): Memory<T> => {
  const known = new WeakMap<object, { parts: readonly unknown[]; made: T }>();
  return (of, parts, make) => {
    const hit = known.get(of);
    if (hit && same(hit.parts, parts)) return hit.made;
    const made = make();
    known.set(of, { parts, made });
    return made;
  };
};

/** Knows nothing yet. */
export const createPlanMemory = (): PlanMemory => ({ listeners: createMemory<Listener>(), pools: createMemory<Pool>() });
