// Where generated tests begin: anew each time on a desk, always at the same place in CI, so that a failure there is about the change.

const inCi = 20261125;

/** NLBOX_FUZZ_SEED, else a fixed seed where CI is set, else a new one. Whoever uses it prints it. */
export const fuzzSeed = (): number => {
  const { NLBOX_FUZZ_SEED: given, CI } = process.env;
  if (given !== undefined && given !== '') return Number(given);
  return CI === undefined || CI === '' ? Number(process.hrtime.bigint() % 2n ** 31n) : inCi;
};

/** How to have the same again. */
export const seedLine = (seed: number): string => `seed ${seed}; NLBOX_FUZZ_SEED=${seed} repeats this run`;
