// When flows of a target must end though both sides would go on: deregistered, or unhealthy, as the group says.
import type { Clock } from '../clock.js';
import { cutsOf, drainingOf } from './apply.js';
import { createDrain } from './drain.js';
import { targetKey } from './health.js';
import type { Change, HealthView, Pool } from './types.js';

export type Endings = {
  /** Takes the pools that changed. */
  update(pools: readonly Change<Pool>[]): void;
  stop(): void;
};

/** Follows health from now on; `cut` ends the flows of a target, by its key. */
export const createEndings = (options: { clock: Clock; health: HealthView; poolOf: (id: string) => Pool | undefined; cut: (key: string, how: string) => void }): Endings => {
  const { clock, health, poolOf, cut } = options;
  const drain = createDrain({ clock, cut: (key) => cut(key, 'the target was deregistered') });
  const ailing = createDrain({ clock, cut: (key) => cut(key, 'the target was unhealthy for its draining interval') });
  const unsubscribe = health.onChange((poolId, targetId) => {
    const key = targetKey(poolId, targetId);
    const unhealthy = health.of(poolId, targetId)?.status === 'unhealthy';
    const pool = poolOf(poolId);
    if (unhealthy && pool?.cutUnhealthy) return cut(key, 'the target became unhealthy');
    ailing.update([{ key, at: unhealthy && pool?.unhealthyDrain !== undefined ? clock.now() + pool.unhealthyDrain : undefined }]);
  });
  return {
    update: (pools) => {
      drain.update(cutsOf(pools, clock.now()));
      ailing.update(drainingOf(pools).map((key) => ({ key, at: undefined })));
    },
    stop: () => {
      unsubscribe();
      drain.stop();
      ailing.stop();
    },
  };
};
