// Whether a group's traffic crosses zones: its own attribute, else its load balancer's.
import type { LoadBalancerRecord, TargetGroupRecord } from '../../state/types.js';
import { loadBalancerAttributes } from './loadbalancerattributes.js';
import { targetGroupAttributes } from './targetgroupattributes.js';

const key = 'load_balancing.cross_zone.enabled';

export const isCrossZone = (group: TargetGroupRecord, loadBalancer: LoadBalancerRecord): boolean => {
  const own = targetGroupAttributes(group)[key];
  return (own === 'use_load_balancer_configuration' ? loadBalancerAttributes(loadBalancer)[key] : own) === 'true';
};
