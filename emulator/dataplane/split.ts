// Which engine carries which listener, and the words for it: pure.
import type { DataplanePlan, Listener, Pool } from './types.js';

/** Why the kernel cannot carry a listener; undefined: it can. Asked anew for each plan. */
export type Division = (plan: DataplanePlan) => (listener: Listener, pools: readonly Pool[]) => string | undefined;

/** The plan of each engine; `reasons` has one for each listener that stays in user space. */
export type Divided = { user: DataplanePlan; kernel: DataplanePlan; reasons: ReadonlyMap<string, Listener[]> };

/** Where there is no other engine. */
export const undivided = (plan: DataplanePlan): Divided => ({ user: plan, kernel: { pools: [], listeners: [] }, reasons: new Map() });

/** Pools are given to both: a target may be reached through either. */
export const split = (plan: DataplanePlan, divide: Division): Divided => {
  const pools = new Map(plan.pools.map((pool) => [pool.id, pool]));
  const reasonOf = divide(plan);
  const [user, kernel]: [Listener[], Listener[]] = [[], []];
  const reasons = new Map<string, Listener[]>();
  for (const listener of plan.listeners) {
    const reason = reasonOf(listener, listener.pools.flatMap(({ id }) => pools.get(id) ?? []));
    (reason === undefined ? kernel : user).push(listener);
    if (reason === undefined) continue;
    const others = reasons.get(reason);
    if (others) others.push(listener);
    else reasons.set(reason, [listener]);
  }
  return { user: { ...plan, listeners: user }, kernel: { ...plan, listeners: kernel }, reasons };
};

const userWords = 'user space sockets, without root; targets see the client address only of clients on loopback (127.0.0.0/8)';

const kernelWords = 'the kernel (nftables) carries TCP and UDP; targets see the client address where their group says so, except of clients on the target\'s own network';

const named = (listeners: readonly Listener[]): string => {
  const ports = [...new Set(listeners.map(({ protocol, port }) => `${protocol.toUpperCase()} ${port}`))];
  return ports.length > 3 ? `${ports.slice(0, 3).join(', ')} and ${ports.length - 3} more` : ports.join(', ');
};

/** What carries connections now, for `status`. */
export const linesOf = ({ reasons }: Divided, hasKernel: boolean, because: string | undefined): string[] => {
  const why = because === undefined ? '' : ` (${because})`;
  if (!hasKernel) return [`${userWords}${why}`];
  return [`${kernelWords}${why}`, ...[...reasons].map(([reason, listeners]) => `user space carries ${named(listeners)}: ${reason}`)];
};
