// One idle sweep per listener that has flows.
import type { Clock } from '../clock.js';
import type { Indexed } from './apply.js';
import type { Flow } from './flow.js';
import { createSweep, type Sweep } from './sweep.js';

export type Sweeps = { wake(id: string): void; retain(keeps: (id: string) => boolean): void };

/** `flowsOf` answers the flows of a listener. */
export const createSweeps = (clock: Clock, index: () => Indexed, flowsOf: (id: string) => ReadonlySet<Flow>): Sweeps => {
  const sweeps = new Map<string, Sweep>();
  const create = (id: string): Sweep => {
    let last = 0;
    // Flows may outlive their listener; they keep the time-out that it had last.
    const idleTimeout = (): number => (last = index().listeners.get(id)?.idleTimeout ?? last);
    return createSweep({ clock, flows: flowsOf(id), idleTimeout });
  };
  return {
    wake: (id) => {
      const sweep = sweeps.get(id) ?? create(id);
      if (!sweeps.has(id)) sweeps.set(id, sweep);
      sweep.wake();
    },
    retain: (keeps) => {
      for (const [id, sweep] of sweeps) {
        if (keeps(id)) continue;
        sweep.stop();
        sweeps.delete(id);
      }
    },
  };
};
