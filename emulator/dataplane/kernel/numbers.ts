// Numbers for names: the same name has the same number as long as it is kept.

export type Numbers = { of(key: string): number; size(): number; retain(keys: readonly string[]): void };

/** None is given yet. */
export const createNumbers = (): Numbers => {
  const numbers = new Map<string, number>();
  let last = 0;
  return {
    of: (key) => {
      const number = numbers.get(key) ?? (last += 1);
      numbers.set(key, number);
      return number;
    },
    size: () => numbers.size,
    retain: (keys) => {
      const keeps = new Set(keys);
      for (const key of numbers.keys()) if (!keeps.has(key)) numbers.delete(key);
    },
  };
};
