// Account limits: AWS's defaults, each of which the configuration may override by name.
import type { DescribeAccountLimitsCommandInput, DescribeAccountLimitsCommandOutput } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Checked, Context } from './context.js';
import { pageOf } from './paging.js';

/** The limits that are held here; defaults of https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html */
const defaults: Record<string, number> = {
  'target-groups': 3000,
  'targets-per-target-group': 1000,
  'network-load-balancers': 50,
  'targets-per-network-load-balancer': 3000,
  'listeners-per-network-load-balancer': 50,
  // Several weighted groups are allowed since November 2025.
  'target-groups-per-action-on-network-load-balancer': 5,
};

/** What a limit is: the override, else AWS's default. */
export const createQuota = (overrides: Record<string, number>) => (name: string): number => overrides[name] ?? defaults[name] ?? Infinity;

/** Every limit, as texts. */
export const DescribeAccountLimits = (
  context: Context,
  input: Checked<DescribeAccountLimitsCommandInput>,
): Omit<DescribeAccountLimitsCommandOutput, '$metadata'> => {
  const limits = Object.keys(defaults).map((Name) => ({ Name, Max: String(context.quota(Name)) }));
  const { items, ...rest } = pageOf(limits, (limit) => limit.Name, input);
  return { Limits: [...items], ...rest };
};
