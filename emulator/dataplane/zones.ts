// Which zones' addresses a load balancer's name should give: pure, over listeners and the observed health.
import { neededOf, one } from './enough.js';
import type { HealthView, Listener, Pool } from './types.js';

type Pools = ReadonlyMap<string, Pool>;

const isHealthyIn = (pool: Pool, zone: string, crossZone: boolean, health: Pick<HealthView, 'of'>): boolean => {
  const there = pool.targets.filter((target) => target.admission === 'open' && (crossZone || target.zone === zone || target.zone === 'all'));
  const healthy = there.filter(({ id }) => health.of(pool.id, id)?.status === 'healthy').length;
  return there.length > 0 && healthy >= neededOf(pool.enough?.dns ?? one, there.length);
};

const serves = (listener: Listener, zone: string, pools: Pools, health: Pick<HealthView, 'of'>, everywhere: boolean): boolean =>
  listener.pools.some(({ id, weight }) => {
    const pool = pools.get(id);
    return pool !== undefined && weight > 0 && isHealthyIn(pool, zone, everywhere || (pool.crossZone ?? listener.crossZone), health);
  });

/** The zones' addresses that serve, and all of them. */
const serving = (listeners: readonly Listener[], pools: Pools, health: Pick<HealthView, 'of'>) => {
  const speaking = listeners.filter((listener) => listener.addresses.some(({ zone }) => serves(listener, zone, pools, health, true)));
  const addresses = [...new Map(listeners.flatMap((listener) => listener.addresses).map((each) => [each.address, each])).values()];
  const at = (zone: string) => (listener: Listener): boolean => serves(listener, zone, pools, health, false);
  const all = speaking.length === 0 ? [] : addresses.filter(({ zone }) => speaking.every(at(zone)));
  return { addresses, healthy: all.length > 0 ? all : addresses.filter(({ zone }) => speaking.some(at(zone))) };
};

/** Each zone of one load balancer, and whether it has health enough to stay in DNS. */
export const zonalHealth = (listeners: readonly Listener[], pools: Pools, health: Pick<HealthView, 'of'>): { zone: string; healthy: boolean }[] => {
  const { addresses, healthy } = serving(listeners, pools, health);
  return addresses.map((each) => ({ zone: each.zone, healthy: healthy.includes(each) }));
};

/**
 * The addresses that one load balancer's name should resolve to. A zone is in when each of the load balancer's
 * listeners has healthy targets enough there, or anywhere with cross-zone on; listeners without enough of them have no say.
 * If that leaves no zone, those that serve at least one listener are in; when nothing is healthy, all are.
 */
export const zonesInDns = (listeners: readonly Listener[], pools: Pools, health: Pick<HealthView, 'of'>): string[] => {
  const { addresses, healthy } = serving(listeners, pools, health);
  return (healthy.length > 0 ? healthy : addresses).map(({ address }) => address);
};
