// Targets whose instances have left the cluster: AWS deregisters them by itself, so their records go after a while.
import { forgetInstances } from '../api/elbv2/registrations.js';
import type { Clock, Timer } from '../clock.js';
import type { TimingProfile } from '../config.js';
import type { Log } from '../log.js';
import type { IndexedStore } from '../state/store.js';
import type { Instance } from '../state/vpc.js';

export type LeaversOptions = {
  store: IndexedStore;
  instances: { list(): readonly Instance[]; onChange(fn: () => void): () => void };
  timing: TimingProfile;
  clock: Clock;
  log: Log;
};

const tenMinutes = 600_000;
// A node that restarts, or a cluster that does, is soon back: its targets stay.
const least = 60_000;

const registeredInstances = (store: IndexedStore): Set<string> =>
  new Set([...store.partitions()].flatMap(({ read }) => [...read.list('targets')].map(({ Id }) => Id)).filter((id) => id.startsWith('i-')));

/** Begins with the nodes known: asked by id, a target of a departed one is still told as draining for some ten minutes, as on AWS. */
export const followLeavers = ({ store, instances, timing, clock, log }: LeaversOptions): { stop(): void } => {
  const delay = Math.max(tenMinutes * timing.drainFactor, least);
  const goneSince = new Map<string, number>();
  let timer: Timer | undefined;

  const forget = async (ids: ReadonlySet<string>): Promise<void> => {
    for (const partition of store.partitions()) await forgetInstances(partition, ids);
  };
  const look = (): void => {
    const now = clock.now();
    const there = new Set(instances.list().map(({ InstanceId }) => InstanceId));
    const gone = [...registeredInstances(store)].filter((id) => !there.has(id));
    for (const id of goneSince.keys()) if (!gone.includes(id)) goneSince.delete(id);
    for (const id of gone) if (!goneSince.has(id)) goneSince.set(id, now);
    const due = new Set(gone.filter((id) => (goneSince.get(id) ?? now) + delay <= now));
    for (const id of due) goneSince.delete(id);
    if (due.size > 0) void forget(due).catch((error: unknown) => log.error({ err: error }, 'targets of departed instances could not be removed'));
    timer?.cancel();
    timer = goneSince.size === 0 ? undefined : clock.after(Math.min(...goneSince.values()) + delay - now, look);
  };
  const end = instances.onChange(look);
  look();
  return {
    stop: () => {
      end();
      timer?.cancel();
    },
  };
};
