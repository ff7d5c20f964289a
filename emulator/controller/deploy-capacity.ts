// The reserved minimum capacity of a load balancer: set, changed, and with 0 given back.
import type { Deployer } from './deploy-context.js';

/** Without the annotation a reservation stays as it is. */
export const deployCapacity = async ({ elbv2 }: Deployer, LoadBalancerArn: string, wanted: number | undefined): Promise<void> => {
  if (wanted === undefined) return;
  const { MinimumLoadBalancerCapacity } = await elbv2.DescribeCapacityReservation({ LoadBalancerArn });
  const present = MinimumLoadBalancerCapacity?.CapacityUnits ?? 0;
  if (present === wanted) return;
  await elbv2.ModifyCapacityReservation(wanted === 0 ? { LoadBalancerArn, ResetCapacityReservation: true } : { LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: wanted } });
};
