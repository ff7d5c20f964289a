// Looks a resource up by the ARN of a request: malformed, unknown, or the record.
import type { ListenerRecord, LoadBalancerRecord, TargetGroupRecord } from '../../state/types.js';
import { checkArn } from './arns.js';
import type { Context } from './context.js';
import { listenersNotFound, loadBalancerNotFound, targetGroupNotFound } from './faults.js';

export const findLoadBalancer = ({ read }: Pick<Context, 'read'>, arn: string): LoadBalancerRecord => {
  checkArn('load balancer', arn);
  const record = read.get('loadBalancers', arn);
  if (!record) throw loadBalancerNotFound(arn);
  return record;
};

export const findTargetGroup = ({ read }: Pick<Context, 'read'>, arn: string): TargetGroupRecord => {
  checkArn('target group', arn);
  const record = read.get('targetGroups', arn);
  if (!record) throw targetGroupNotFound(arn);
  return record;
};

export const findListener = ({ read }: Pick<Context, 'read'>, arn: string): ListenerRecord => {
  checkArn('listener', arn);
  const record = read.get('listeners', arn);
  if (!record) throw listenersNotFound();
  return record;
};
