// Target groups of the NLB's protocols: create, describe, modify (health check only), delete.
import { isDeepStrictEqual } from 'node:util';
import type { ProtocolEnum, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardedGroups } from '../../state/indexes.js';
import type { TargetGroupRecord } from '../../state/types.js';
import { complaint, refuse } from '../../wire/complaints.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checkArn, targetGroupArn } from './arns.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { checkDescribeLimit, notModelled, refuseUnmodelled, targetGroupsNotFound } from './faults.js';
import { findLoadBalancer, findTargetGroup } from './find.js';
import { healthCheckSettings } from './healthcheck.js';
import { isRefused } from './modelled.js';
import { pageOf } from './paging.js';
import { tagsOf } from './tags.js';
import { unseen } from './texts.js';

type CreateInput = Input<'CreateTargetGroup'>;

const namePattern = '(?!^-)(?!.*-$)^[A-Za-z0-9-]+$';

const checkName = ({ Name }: CreateInput): void => {
  if (Name.length > 32) throw validationError(`Target group name '${Name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]*$/.test(Name)) throw validationError(`Target group name '${Name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  if (!new RegExp(namePattern).test(Name)) refuse([complaint(Name, 'targetGroupName', `Member must satisfy regular expression pattern: ${namePattern}`)]);
};

const checkTargetType = ({ TargetType }: CreateInput): void => {
  if (isRefused('targetTypes', TargetType ?? '')) throw notModelled(`target groups with target type '${TargetType}'`);
};

const checkProtocol = ({ Protocol, ProtocolVersion }: CreateInput): ProtocolEnum => {
  if (Protocol === undefined) throw validationError('A protocol must be specified');
  if (isRefused('targetGroupProtocols', Protocol)) throw notModelled(`target groups with protocol '${Protocol}'`);
  if (ProtocolVersion !== undefined) throw unseen.protocolVersion(Protocol);
  return Protocol;
};

const checkPort = ({ Port }: CreateInput): number => {
  if (Port === undefined) throw validationError('A port must be specified');
  return Port;
};

const checkVpc = ({ vpc }: Context, { VpcId }: CreateInput): string => {
  if (!VpcId) throw validationError('A VPC ID must be specified');
  if (vpc?.VpcId !== VpcId) throw validationError(`The VPC ID '${VpcId}' is not found`);
  return VpcId;
};

const wantedRecord = (context: WriteContext, input: CreateInput): TargetGroupRecord => {
  checkName(input);
  checkTargetType(input);
  const Protocol = checkProtocol(input);
  const Port = checkPort(input);
  const VpcId = checkVpc(context, input);
  refuseUnmodelled(input);
  const TargetType = input.TargetType ?? 'instance';
  return {
    TargetGroupArn: targetGroupArn(context.scope, input.Name, context.newId()),
    TargetGroupName: input.Name,
    Protocol,
    Port,
    VpcId,
    TargetType,
    IpAddressType: input.IpAddressType ?? 'ipv4',
    ...healthCheckSettings(input, TargetType),
    attributes: {},
    tags: tagsOf(input.Tags),
  };
};

// What does not decide whether a second create call is the same call.
const settingsOf = ({ TargetGroupArn: _arn, attributes: _attributes, tags: _tags, InUseSince: _since, ...settings }: TargetGroupRecord) => settings;

const describe = (record: TargetGroupRecord): TargetGroup => {
  const { attributes: _attributes, tags: _tags, InUseSince: _since, ...fields } = record;
  return { ...fields, ...(fields.Matcher ? { Matcher: { ...fields.Matcher } } : {}) };
};

const withLoadBalancers = ({ read }: Context, record: TargetGroupRecord): TargetGroup => ({
  ...describe(record),
  LoadBalancerArns: [...new Set(read.by('listeners', 'TargetGroupArn', record.TargetGroupArn).map((listener) => listener.LoadBalancerArn))],
});

/** Creates a group, or answers the one of that name when it has the same settings. */
export const CreateTargetGroup = (context: WriteContext, input: CreateInput): Output<'CreateTargetGroup'> => {
  const record = wantedRecord(context, input);
  const [existing] = context.read.by('targetGroups', 'TargetGroupName', input.Name);
  if (existing) {
    const same = isDeepStrictEqual(settingsOf(existing), settingsOf(record));
    if (!same) throw new AwsFault('DuplicateTargetGroupName', `A target group with the same name '${input.Name}' exists, but with different settings`);
    return { TargetGroups: [withLoadBalancers(context, existing)] };
  }
  if (context.read.count('targetGroups') >= context.quota('target-groups')) {
    throw unseen.tooManyTargetGroups();
  }
  context.tx.put('targetGroups', record.TargetGroupArn, record);
  return { TargetGroups: [describe(record)] };
};

const byArns = ({ read }: Context, arns: readonly string[]): TargetGroupRecord[] => {
  for (const arn of arns) checkArn('target group', arn);
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

const select = (context: Context, input: Input<'DescribeTargetGroups'>): TargetGroupRecord[] => {
  const { LoadBalancerArn: loadBalancer, TargetGroupArns: arns, Names: names } = input;
  const filters = [loadBalancer !== undefined, Boolean(arns?.length), Boolean(names?.length)].filter(Boolean);
  if (filters.length > 1) throw validationError('Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time');
  checkDescribeLimit(arns, 'target groups');
  checkDescribeLimit(names, 'target groups');
  if (loadBalancer !== undefined) return byLoadBalancer(context, loadBalancer);
  if (arns?.length) return byArns(context, arns);
  return names?.length ? byNames(context, names) : [...context.read.list('targetGroups')];
};

/** All groups, or those of a load balancer, of ARNs or of names. */
export const DescribeTargetGroups = (context: Context, input: Input<'DescribeTargetGroups'>): Output<'DescribeTargetGroups'> => {
  const { items, ...rest } = pageOf(select(context, input), (record) => record.TargetGroupArn, input, input.TargetGroupArns, input.Names);
  return { TargetGroups: items.map((record) => withLoadBalancers(context, record)), ...rest };
};

/** Changes the health check; everything else is fixed at creation. */
export const ModifyTargetGroup = (context: WriteContext, input: Input<'ModifyTargetGroup'>): Output<'ModifyTargetGroup'> => {
  const record = findTargetGroup(context, input.TargetGroupArn);
  const { HealthCheckPath: _path, Matcher: _matcher, ...rest } = record;
  const changed: TargetGroupRecord = { ...rest, ...healthCheckSettings(input, record.TargetType, record) };
  context.tx.put('targetGroups', record.TargetGroupArn, changed);
  return { TargetGroups: [withLoadBalancers(context, changed)] };
};

/** Deletes a group that no listener refers to, with its targets. One that is not there is deleted already. */
export const DeleteTargetGroup = (context: WriteContext, { TargetGroupArn: arn }: Input<'DeleteTargetGroup'>): Output<'DeleteTargetGroup'> => {
  checkArn('target group', arn);
  if (context.read.by('listeners', 'TargetGroupArn', arn).length > 0) {
    throw new AwsFault('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
  }
  for (const { Id, Port } of context.read.by('targets', 'TargetGroupArn', arn)) context.tx.delete('targets', `${arn}|${Id}|${Port}`);
  context.tx.delete('targetGroups', arn);
  return {};
};
