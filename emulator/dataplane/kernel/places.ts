// The nodes that the kernel's carrier has, kept from plan to plan. Pure.
import { nodesOf } from '../apply.js';
import type { NodeSpec } from '../place.js';
import type { Change, Listener } from '../types.js';

export type Places = {
  /** Answers the nodes of what is new. */
  change(changes: readonly Change<Listener>[]): NodeSpec[];
  all(): readonly NodeSpec[];
  /** Where the listener's node is at home; undefined: it has none there. */
  addressOf(node: { listenerId: string; address: string; port: number }): string | undefined;
};

/** None yet. */
export const createPlaces = (): Places => {
  const places = new Map<string, readonly NodeSpec[]>();
  return {
    change: (changes) => {
      for (const { before, after } of changes) {
        if (after) places.set(after.id, [...nodesOf(after).values()]);
        else if (before) places.delete(before.id);
      }
      return changes.flatMap(({ after }) => (after && places.get(after.id)) ?? []);
    },
    all: () => [...places.values()].flat(),
    addressOf: ({ listenerId, address, port }) => places.get(listenerId)?.find((spec) => spec.address === address && spec.port === port)?.address,
  };
};
