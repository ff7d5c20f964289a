// A controller by a clock that is moved by hand, between the embedded API server and the real ELBv2, with one Service to follow.
import type { ExecutionContext } from 'ava';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { prefix } from './harness.js';
import { openReal } from './real.js';

/** Its namespace `ui` exists; the Service `ui-nlb` is for the test to make. */
export const openByHand = async (t: ExecutionContext, options: Parameters<typeof openReal>[1] = {}) => {
  const clock = manualClock(systemClock.now());
  const real = await openReal(t, { ...options, clock });
  const { api, elbv2 } = real;
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui' } });
  return {
    ...real,
    clock,
    /** Time passes in steps while sockets do their work in between; ends when `seen` holds. */
    passing: async (what: string, seen: () => boolean | Promise<boolean>): Promise<void> => {
      const limit = systemClock.now() + 60_000;
      while (!(await seen())) {
        if (systemClock.now() > limit) throw new Error(`never happened: ${what}`);
        await clock.advance(100);
        await systemClock.sleep(5);
      }
      t.pass(what);
    },
    /** Of the load balancers that there are. */
    scheme: async (): Promise<string> => ((await elbv2.DescribeLoadBalancers({})).LoadBalancers ?? []).map(({ Scheme }) => Scheme).join(),
    setScheme: (scheme: string): void => {
      const service = structuredClone(api.get('services', 'ui', 'ui-nlb'))!;
      api.update('services', { ...service, metadata: { ...service.metadata, annotations: { ...service.metadata.annotations, [`${prefix}aws-load-balancer-scheme`]: scheme } } });
    },
  };
};
