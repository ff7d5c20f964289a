// What has been planned, and of what: the same parts are the very same object again, and changes are written down.
import type { Change } from '../dataplane/types.js';

/** Everything planned, and what is new of it. */
export type Taken<T> = { all: T[]; changes: Change<T>[] };

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((part, at) => part === b[at]);

/** Nothing is planned yet. */
export const createMade = <T extends { id: string }>() => {
  const made = new Map<string, T>();
  const partsOf = new Map<string, readonly unknown[]>();
  let all: T[] = [];
  let changes: Change<T>[] = [];
  const put = (id: string, after: T | undefined): void => {
    const before = made.get(id);
    if (before === after) return;
    if (after) made.set(id, after);
    else made.delete(id);
    changes.push({ before, after });
  };
  return {
    get: (id: string): T | undefined => made.get(id),
    ids: (): Iterable<string> => made.keys(),
    /** `make` is asked when the parts are not what they were. */
    set: (id: string, parts: readonly unknown[], make: () => T | undefined): void => {
      const before = partsOf.get(id);
      if (before && same(before, parts)) return;
      partsOf.set(id, parts);
      put(id, make());
    },
    delete: (id: string): void => {
      partsOf.delete(id);
      put(id, undefined);
    },
    /** What is new is so since it was last asked for. */
    take: (): Taken<T> => {
      const taken = changes;
      changes = [];
      if (taken.length > 0) all = [...made.values()];
      return { all, changes: taken };
    },
  };
};

/** Nearly always there is one partition, whose thousands need not be copied. */
export const joined = <T>(parts: readonly Taken<T>[]): Taken<T> =>
  parts.length === 1 && parts[0] ? parts[0] : { all: parts.flatMap(({ all }) => all), changes: parts.flatMap(({ changes }) => changes) };
