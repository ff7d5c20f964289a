// Target groups as they are described, and which of them a request asks for.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardedGroups } from '../../state/indexes.js';
import type { TargetGroupRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { checkArn } from './arns.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output } from './context.js';
import { checkDescribeLimit, targetGroupsNotFound } from './faults.js';
import { findLoadBalancer } from './find.js';
import { pageOf } from './paging.js';

/** What a create call answers: nothing uses the group yet. */
export const describeGroup = (record: TargetGroupRecord): TargetGroup => {
  const { attributes: _attributes, tags: _tags, InUseSince: _since, ...fields } = record;
  return { ...fields, ...(fields.Matcher ? { Matcher: { ...fields.Matcher } } : {}) };
};

/** A group with the load balancers that use it. */
export const describeInUse = ({ read }: Pick<Context, 'read'>, record: TargetGroupRecord): TargetGroup => ({
  ...describeGroup(record),
  LoadBalancerArns: [...new Set(read.by('listeners', 'TargetGroupArn', record.TargetGroupArn).map((listener) => listener.LoadBalancerArn))],
});

const byArns = ({ read }: Context, arns: readonly string[]): TargetGroupRecord[] => {
  const records = [...new Set(arns)].map((arn) => read.get('targetGroups', arn));
  if (records.includes(undefined)) throw targetGroupsNotFound();
  return records.filter((record) => record !== undefined);
};

const byNames = ({ read }: Context, names: readonly string[]): TargetGroupRecord[] => {
  const records = [...new Set(names)].flatMap((name) => read.by('targetGroups', 'TargetGroupName', name));
  if (records.length < new Set(names).size) throw targetGroupsNotFound();
  return records;
};

// Exactly what the listeners forward to at this moment, first listener first.
const byLoadBalancer = (context: Context, arn: string): TargetGroupRecord[] => {
  findLoadBalancer(context, arn);
  const listeners = context.read.by('listeners', 'LoadBalancerArn', arn);
  const arns = [...new Set(listeners.flatMap((listener) => forwardedGroups(listener.DefaultActions)))];
  return arns.map((group) => context.read.get('targetGroups', group)).filter((record) => record !== undefined);
};

type DescribeInput = Input<'DescribeTargetGroups'>;

const checkFilters = ({ LoadBalancerArn: loadBalancer, TargetGroupArns: arns, Names: names }: DescribeInput): void => {
  const filters = [loadBalancer !== undefined, Boolean(arns?.length), Boolean(names?.length)].filter(Boolean);
  if (filters.length > 1) throw validationError('Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time');
};

const checkArns = ({ LoadBalancerArn: loadBalancer, TargetGroupArns: arns }: DescribeInput): void => {
  if (loadBalancer !== undefined) checkArn('load balancer', loadBalancer);
  for (const arn of arns ?? []) checkArn('target group', arn);
};

const checkNumbers = ({ TargetGroupArns: arns, Names: names }: DescribeInput): void => {
  checkDescribeLimit(arns, 'target groups');
  checkDescribeLimit(names, 'target groups');
};

const select = (context: Context, { LoadBalancerArn: loadBalancer, TargetGroupArns: arns, Names: names }: DescribeInput): TargetGroupRecord[] => {
  if (loadBalancer !== undefined) return byLoadBalancer(context, loadBalancer);
  if (arns?.length) return byArns(context, arns);
  return names?.length ? byNames(context, names) : [...context.read.list('targetGroups')];
};

/** All groups, or those of a load balancer, of ARNs or of names. */
export const DescribeTargetGroups = checked('DescribeTargetGroups', (context: Context, input: DescribeInput): Course<'DescribeTargetGroups', Output<'DescribeTargetGroups'>> => {
  const found = once(() => select(context, input));
  const page = once(() => pageOf(found(), (record) => record.TargetGroupArn, input, input.TargetGroupArns, input.Names));
  return {
    checks: {
      filters: () => checkFilters(input),
      'number asked for': () => checkNumbers(input),
      ARNs: () => checkArns(input),
      'target groups': found,
      marker: page,
    },
    act: () => {
      const { items, ...rest } = page();
      return { TargetGroups: items.map((record) => describeInUse(context, record)), ...rest };
    },
  };
});
