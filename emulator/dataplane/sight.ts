// What the targets of a pool see of the client, in words: by what the group asks for and the engines that carry it. Pure.
import type { Divided } from './split.js';
import type { DataplanePlan, Pool } from './types.js';

const carries = ({ listeners }: DataplanePlan, { id }: Pool): boolean => listeners.some(({ pools }) => pools.some((one) => one.id === id));

const byEngine = {
  kernel: 'preserved, except for clients on the target\'s own network',
  user: 'to be preserved, which user space can for clients on loopback (127.0.0.0/8) only; of others targets see the load balancer\'s address',
} as const;

const hidden = ({ proxyProtocol }: Pool): string => `not preserved: targets see the load balancer's address${proxyProtocol ? ', and PROXY protocol v2 tells them the client\'s' : ''}`;

/** One line; a pool that listeners of both engines use has both. */
export const clientAddressOf = (pool: Pool, { user, kernel }: Pick<Divided, 'user' | 'kernel'>): string => {
  if (!pool.preserveClientAddress) return hidden(pool);
  const [inKernel, inUser] = [carries(kernel, pool), carries(user, pool)];
  if (inKernel && inUser) return `by listeners in the kernel ${byEngine.kernel}; by those in user space ${byEngine.user}`;
  return inKernel ? byEngine.kernel : byEngine.user;
};
