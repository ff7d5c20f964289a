// Session affinity ClientIP: a client is sent to the pod that it had last, for as long as the Service says.
import { LRUCache } from 'lru-cache';
import type { Service } from '../controllers/kinds.js';
import type { Backend } from './backends.js';

export type Affinity = {
  /** The same candidates, the client's own first. */
  prefer(client: string, backends: readonly Backend[], service: Service, now: number): readonly Backend[];
};

const most = 10_000;
const byDefault = 10_800;

/** The memory of one listener: like every node of a real cluster it remembers for itself. */
export const createAffinity = (): Affinity => {
  // Such a cache takes all its room at once: most Services never need one.
  let seen: LRUCache<string, { to: string; at: number }> | undefined;
  return {
    prefer: (client, backends, { spec }, now) => {
      if (spec.sessionAffinity !== 'ClientIP') return backends;
      seen ??= new LRUCache({ max: most });
      const lives = (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? byDefault) * 1000;
      const known = seen.get(client);
      const own = known && now - known.at < lives ? backends.find(({ address, port }) => `${address}:${port}` === known.to) : undefined;
      const first = own ?? backends[0];
      if (!first) return backends;
      seen.set(client, { to: `${first.address}:${first.port}`, at: now });
      return [first, ...backends.filter((one) => one !== first)];
    },
  };
};
