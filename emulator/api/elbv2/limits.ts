// Account limits: AWS's defaults, each of which the configuration may override by name.
import type { DescribeAccountLimitsCommandInput, DescribeAccountLimitsCommandOutput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { checked, once, type Course } from './checked.js';
import type { Checked, Context } from './context.js';
import { pageOf } from './paging.js';

/** The limits that are held here; AWS's defaults, of https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html */
const defaults: Record<string, number> = {
  'target-groups': 3000,
  'targets-per-target-group': 1000,
  'network-load-balancers': 50,
  'targets-per-network-load-balancer': 3000,
  'targets-per-availability-zone-per-network-load-balancer': 500,
  'listeners-per-network-load-balancer': 50,
  'certificates-per-network-load-balancer': 25,
  // Several weighted groups are allowed since November 2025.
  'target-groups-per-action-on-network-load-balancer': 5,
};

/** Limits that are told and never met: interfaces have room, the rest is not modelled. */
const others: Record<string, number> = {
  'network-load-balancer-enis-per-vpc': 1200,
  'application-load-balancers': 50,
  'targets-per-application-load-balancer': 1000,
  'listeners-per-application-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-groups-per-application-load-balancer': 100,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-id-registrations-per-application-load-balancer': 1000,
  'certificates-per-application-load-balancer': 25,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 5,
  'gateway-load-balancers': 100,
  'gateway-load-balancers-per-vpc': 100,
  'geneve-target-groups': 100,
  'targets-per-availability-zone-per-gateway-load-balancer': 300,
};

/** Limits of other services' quota pages: held, but not told by DescribeAccountLimits. */
const untold: Record<string, number> = { 'capacity-units-per-network-load-balancer': 50_000 };

const all = { ...defaults, ...others };
const limitOf = (name: string): number | undefined => (Object.hasOwn(all, name) ? all[name] : Object.hasOwn(untold, name) ? untold[name] : undefined);

/** What a limit is: the override, else AWS's default. */
export const createQuota = (overrides: Record<string, number>) => (name: string): number =>
  (Object.hasOwn(overrides, name) ? overrides[name] : limitOf(name)) ?? Infinity;

type LimitsCourse = Course<'DescribeAccountLimits', Omit<DescribeAccountLimitsCommandOutput, '$metadata'>>;

/** Every limit, as texts. */
export const DescribeAccountLimits = checked('DescribeAccountLimits', (context: Context, input: Checked<DescribeAccountLimitsCommandInput>): LimitsCourse => {
  const limits = Object.keys(all).map((Name) => ({ Name, Max: String(context.quota(Name)) }));
  const page = once(() => pageOf(limits, (limit) => limit.Name, input));
  return {
    checks: { marker: page },
    act: () => {
      const { items, ...rest } = page();
      return { Limits: [...items], ...rest };
    },
  };
});
