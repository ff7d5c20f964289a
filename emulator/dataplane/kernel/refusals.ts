// What the kernel refused while running, so that user space carries it: remembered until the listener or its pools change.
import type { Indexed } from '../apply.js';
import type { DataplanePlan, Listener, Pool } from '../types.js';

type Refusal = { listener: Listener; pools: readonly Pool[]; reason: string };

export type Refusals = {
  /** Why the kernel does not carry it; undefined: nothing is known against it. */
  of(listener: Listener, pools: readonly Pool[]): string | undefined;
  add(refused: ReadonlyMap<Listener, string>, index: Indexed): void;
  /** From now on nothing is carried: the kernel takes no rules. */
  giveUp(reason: string): void;
  givenUp(): boolean;
  /** One sentence each. */
  words(): string[];
  /** Forgets what is not in the plan any more. */
  retain(plan: DataplanePlan): void;
};

const same = (before: readonly Pool[], after: readonly Pool[]): boolean => before.length === after.length && before.every((pool, at) => pool === after[at]);

/** The pools of a listener, as far as the plan has them. */
export const poolsOf = ({ pools }: Listener, index: Indexed): Pool[] => pools.flatMap(({ id }) => index.pools.get(id) ?? []);

/** Nothing is refused yet. */
export const createRefusals = (): Refusals => {
  const known = new Map<string, Refusal>();
  let lost: string | undefined;
  return {
    of: (listener, pools) => {
      const refusal = known.get(listener.id);
      if (refusal?.listener === listener && same(refusal.pools, pools)) return lost ?? refusal.reason;
      known.delete(listener.id);
      return lost;
    },
    add: (refused, index) => {
      for (const [listener, words] of refused) known.set(listener.id, { listener, pools: poolsOf(listener, index), reason: `the kernel refused its rules (${words})` });
    },
    giveUp: (reason) => void (lost ??= reason),
    givenUp: () => lost !== undefined,
    words: () => [
      ...(lost === undefined ? [] : [`${lost}; user space carries what it carried`]),
      ...[...known.values()].map(({ listener, reason }) => `${listener.protocol.toUpperCase()} ${listener.port}: ${reason}, and user space carries it`),
    ],
    retain: ({ listeners }) => {
      if (known.size === 0) return;
      const there = new Set(listeners.map(({ id }) => id));
      for (const id of known.keys()) if (!there.has(id)) known.delete(id);
    },
  };
};
