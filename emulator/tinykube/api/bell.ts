// Telling listeners of changes one after the other.
import type { Log } from '../../log.js';
import type { ResourceKey, WatchEvent } from '../types.js';

/** Listeners that are told in order, even of changes which a listener makes. */
export const createBell = (log: Log) => {
  const listeners = new Map<ResourceKey, Set<(event: WatchEvent) => void>>();
  const queue: { key: ResourceKey; event: WatchEvent }[] = [];
  let ringing = false;
  const tell = ({ key, event }: { key: ResourceKey; event: WatchEvent }): void => {
    for (const fn of [...(listeners.get(key) ?? [])]) {
      try {
        fn(event);
      } catch (error) {
        log.error({ err: error, resource: key }, 'a watcher failed');
      }
    }
  };
  return {
    ring: (key: ResourceKey, event: WatchEvent): void => {
      queue.push({ key, event });
      if (ringing) return;
      ringing = true;
      for (let next = queue.shift(); next; next = queue.shift()) tell(next);
      ringing = false;
    },
    listen: (key: ResourceKey, fn: (event: WatchEvent) => void): (() => void) => {
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(fn));
      return () => void set.delete(fn);
    },
  };
};
