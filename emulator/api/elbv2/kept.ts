// Kept answers of reads: sent again for the same text as long as nothing that they depend on has changed.
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.js';
import type { HealthView } from '../../dataplane/types.js';
import type { IndexedStore } from '../../state/store.js';
import type { Rendered } from '../../wire/xml.js';
import type { Scope } from '../service.js';

const keptBytes = 32 * 1024 * 1024;

/** Up to when, and on what, an answer depends. */
export type Lifetime = { until: number; volatile: boolean };
export const freshLifetime = (): Lifetime => ({ until: Infinity, volatile: false });

type KeeperOptions = { store: Pick<IndexedStore, 'revision'>; health: Pick<HealthView, 'revision'>; clock: Pick<Clock, 'now'> };
type Kept = { rendered: Rendered; store: number; health: number; until: number };

/** Answers by the text of their request. */
export const createKeeper = ({ store, health, clock }: KeeperOptions) => {
  const cache = new LRUCache<string, Kept>({ maxSize: keptBytes, sizeCalculation: ({ rendered }, key) => rendered.head.length + rendered.tail.length + key.length });
  const keyOf = ({ account, region }: Scope, body: string): string => `${account} ${region} ${body}`;
  return {
    find: (scope: Scope, body: string): Rendered | undefined => {
      const kept = cache.get(keyOf(scope, body));
      if (!kept || kept.store !== store.revision() || kept.health !== health.revision() || clock.now() >= kept.until) return undefined;
      return kept.rendered;
    },
    keep: (scope: Scope, body: string, rendered: Rendered, { until, volatile }: Lifetime): void => {
      if (!volatile) cache.set(keyOf(scope, body), { rendered, store: store.revision(), health: health.revision(), until });
    },
  };
};
