// Desired against actual, in three lists. Pure.

export type Match<D, A> = {
  matched: [D, A][];
  /** Desired only. */
  missing: D[];
  /** Actual only; to be deleted, last. */
  surplus: A[];
};

export type MatchOptions<D, A> = {
  desired: readonly D[];
  actual: readonly A[];
  desiredId: (desired: D) => string;
  actualId: (actual: A) => string;
  /** False: this one cannot be changed into that one and must be replaced. */
  compatible?: (desired: D, actual: A) => boolean;
};

/** Pairs by id. Several actual objects may share an id (an interrupted replacement): the first compatible one is kept. */
export const match = <D, A>({ desired, actual, desiredId, actualId, compatible = () => true }: MatchOptions<D, A>): Match<D, A> => {
  const byId = new Map<string, A[]>();
  for (const one of actual) byId.set(actualId(one), [...(byId.get(actualId(one)) ?? []), one]);
  const result: Match<D, A> = { matched: [], missing: [], surplus: [] };
  const kept = new Set<A>();
  for (const wanted of desired) {
    const found = byId.get(desiredId(wanted))?.find((one) => !kept.has(one) && compatible(wanted, one));
    if (found === undefined) result.missing.push(wanted);
    else {
      kept.add(found);
      result.matched.push([wanted, found]);
    }
  }
  result.surplus = actual.filter((one) => !kept.has(one));
  return result;
};

/** Entries of `wanted` that differ in `present`. */
export const changedEntries = (wanted: Record<string, string>, present: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value));

/** Whether two lists hold the same values, in any order. */
export const sameSet = (a: readonly string[], b: readonly string[]): boolean => {
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && [...left].every((one) => right.has(one));
};
