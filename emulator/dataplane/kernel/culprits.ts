// Which of many the kernel refuses, when it refuses them together: found by halves, so that the rest need not suffer.

/** `tried` answers why some cannot be had together; undefined: they can. What remains when none can be had at all is everything. */
export const findCulprits = async <T>(all: readonly T[], tried: (some: readonly T[]) => Promise<string | undefined>): Promise<Map<T, string>> => {
  const nothing = await tried([]);
  if (nothing !== undefined) return new Map(all.map((one) => [one, nothing]));
  const [accepted, culprits]: [T[], Map<T, string>] = [[], new Map()];
  const add = async (some: readonly T[]): Promise<void> => {
    const [only] = some;
    if (only === undefined) return;
    const problem = await tried([...accepted, ...some]);
    if (problem === undefined) return void accepted.push(...some);
    if (some.length === 1) return void culprits.set(only, problem);
    const middle = some.length >> 1;
    await add(some.slice(0, middle));
    await add(some.slice(middle));
  };
  await add(all);
  return culprits;
};
